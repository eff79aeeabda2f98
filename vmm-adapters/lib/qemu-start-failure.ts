// Says in whole sentences why QEMU did not start, from what it wrote before it ended; pure.
import { AdapterError } from './adapter-error.ts';
import type { ProgramExit } from './command.ts';

interface Known {
  readonly sign: RegExp;
  readonly sentence: string;
}

const known: readonly Known[] = [
  {
    sign: /cannot set up guest memory|Cannot allocate memory/,
    sentence:
      'The host has not enough free memory for this machine. Ask for less in [machine] memory, or end other programs.',
  },
  {
    sign: /KVM kernel module: Permission denied|\/dev\/kvm: Permission denied/,
    sentence:
      'You may not use /dev/kvm. Join the group kvm (usermod -aG kvm USER, then log in again), or take --vmm-option accel=tcg.',
  },
  {
    sign: /failed to initialize (kvm|hvf|whpx)|KVM kernel module|invalid accelerator/i,
    sentence: 'The accelerator does not work on this host. Take --vmm-option accel=auto.',
  },
  {
    sign: /Failed to get .*lock|Is another process using the image/,
    sentence: 'Another machine is using one of the disks. End it, or wait for it.',
  },
  {
    sign: /unsupported machine type/,
    sentence: 'This QEMU was built without this machine. Take another --vmm-option machine.',
  },
  {
    sign: /No space left on device/,
    sentence: 'A filesystem of the host is full. Free some space, or set VMB_HOME to a folder on a larger one.',
  },
];

/** `exit` is undefined when QEMU runs and does not answer. */
export function startFailure(command: readonly string[], exit: ProgramExit | undefined): AdapterError {
  const said = exit?.stderr.trim() ?? '';
  const what =
    exit === undefined
      ? 'QEMU was started and does not answer on its control socket.'
      : `QEMU did not start: ${endOf(exit)}.`;
  const remedy = known.find(({ sign }) => sign.test(said))?.sentence;
  const lines = [
    remedy === undefined ? what : `${what} ${remedy}`,
    ...(said === '' ? [] : [`It said:\n${said}`]),
    `The command was:\n${command.join(' ')}`,
  ];
  return new AdapterError('machine-start-failed', lines.join('\n'));
}

function endOf({ exitCode, signal }: ProgramExit): string {
  return signal === undefined ? `it ended with exit code ${exitCode}` : `it was ended by ${signal}`;
}
