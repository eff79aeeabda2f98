// Says what a complaint of Hyper-V's cmdlets means, and what to do; pure.
import { AdapterError, type AdapterErrorCode } from './adapter-error.ts';
import { type PowershellScript, textOf } from './powershell.ts';

export interface Obstacle {
  readonly code: AdapterErrorCode;
  readonly reason: string;
  readonly remedy: string;
}

const enable =
  'In a PowerShell of an administrator, on Windows 10 and 11: Enable-WindowsOptionalFeature -Online -FeatureName Microsoft-Hyper-V -All; on Windows Server: Install-WindowsFeature -Name Hyper-V -IncludeManagementTools -Restart';

/**
 * By the ids of error records where there are any, because sentences come in the language of Windows. The first that fits
 * counts. Missing rights often have the id "Unspecified": then only the English sentence tells.
 */
const known: readonly (readonly [said: RegExp, obstacle: Obstacle])[] = [
  [
    /\bCommandNotFoundException\b/,
    { code: 'adapter-unusable', reason: 'Hyper-V or its cmdlets are not installed there.', remedy: enable },
  ],
  [
    /: AccessDenied,Microsoft\.HyperV|\bPermissionDenied: |do not have the required permission/,
    {
      code: 'adapter-unusable',
      reason: 'This account may not use Hyper-V.',
      remedy:
        'Add it to the group Hyper-V Administrators and sign in again (as an administrator: Add-LocalGroupMember -SID S-1-5-32-578 -Member NAME), or run vmb as an administrator.',
    },
  ],
  [
    /: ObjectNotFound,Microsoft\.HyperV|Virtual Machine Management service/,
    {
      code: 'adapter-unusable',
      reason: 'Hyper-V’s service does not run there.',
      remedy: 'As an administrator: Start-Service vmms. If there is none, Hyper-V is not installed.',
    },
  ],
  [
    /0xC03A001A/,
    {
      code: 'disk-unsupported',
      reason: 'Hyper-V takes no disks from a compressed, encrypted or sparse file.',
      remedy: 'Set VMB_HOME to a folder on NTFS that is neither compressed nor encrypted.',
    },
  ],
  [
    /0x80070070/,
    {
      code: 'disk-full',
      reason: 'The volume that Hyper-V’s files lie on is full.',
      remedy: 'Free some space, or set VMB_HOME to a folder on a larger one.',
    },
  ],
  [
    /: OutOfMemory,|0x8007000E/,
    {
      code: 'machine-start-failed',
      reason: 'There is not enough memory for the machine.',
      remedy: 'Stop other machines, or give this one less ([machine] memory).',
    },
  ],
];

export function obstacleOf(complaint: string): Obstacle | undefined {
  return known.find(([said]) => said.test(complaint))?.[1];
}

/** Whether a cmdlet says that there is no machine of that name. */
export function isMissing(complaint: string): boolean {
  return /: InvalidParameter,Microsoft\.HyperV\.PowerShell\.Commands\.(GetVM|StopVM|RemoveVM)\b/.test(complaint);
}

/** Why a machine was not made or started. */
export function startFailure(name: string, complaint: string, script: PowershellScript): AdapterError {
  const obstacle = obstacleOf(complaint);
  if (obstacle !== undefined) {
    return new AdapterError(obstacle.code, `${name}: ${obstacle.reason} ${obstacle.remedy}\n${complaint}`);
  }
  return new AdapterError(
    'machine-start-failed',
    `${name}: Hyper-V did not start this machine.\n${complaint}\nThe PowerShell was:\n${textOf(script)}`,
  );
}
