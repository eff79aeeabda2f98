// The PowerShell for a machine's life on Hyper-V; pure. Pages of Microsoft's documentation: test/vmm-adapters/hyper-v-stand-in/cmdlets.mjs
import { type PowershellScript, ps } from './powershell.ts';

/** 1: BIOS and IDE disks. 2: UEFI and SCSI disks. */
export type Generation = 1 | 2;

export interface HyperVMachine {
  /** What Hyper-V calls it. */
  readonly name: string;
  readonly generation: Generation;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** In the order in which the guest shall find them. */
  readonly diskPaths: readonly string[];
  /** Where Hyper-V keeps the machine's configuration. */
  readonly folder: string;
}

/** Hyper-V makes the pipe when the machine starts, and takes it away with it. */
export function pipePath(name: string): string {
  return `\\\\.\\pipe\\${name}`;
}

/** Makes a machine and starts it. */
export function createScript(machine: HyperVMachine): PowershellScript {
  const { name, generation, cpus, folder } = machine;
  const memoryBytes = Math.max(Math.ceil(machine.memoryBytes / memoryUnit) * memoryUnit, leastMemoryBytes);
  return [
    ps`New-VM -Name ${name} -Generation ${generation} -MemoryStartupBytes ${memoryBytes} -NoVHD -Path ${folder} -ErrorAction ${'Stop'}`,
    // New-VM always makes a network adapter, connected or not.
    ps`Remove-VMNetworkAdapter -VMName ${name} -ErrorAction ${'Stop'}`,
    ps`Set-VM -Name ${name} -ProcessorCount ${cpus} -StaticMemory -CheckpointType ${'Disabled'} -AutomaticStartAction ${'Nothing'} -AutomaticStopAction ${'TurnOff'} -ErrorAction ${'Stop'}`,
    ...(generation === 1 ? generation1Disks(machine) : generation2Disks(machine)),
    ps`Set-VMComPort -VMName ${name} -Number ${1} -Path ${pipePath(name)} -ErrorAction ${'Stop'}`,
    ps`Start-VM -Name ${name} -ErrorAction ${'Stop'}`,
  ];
}

/** Memory is given out in pages of 2 MiB, and 32 MiB is the least. */
const memoryUnit = 2 * 1024 * 1024;
const leastMemoryBytes = 32 * 1024 * 1024;

/** Two IDE controllers with two disks each. A new machine has a DVD drive in the third place. */
function generation1Disks({ name, diskPaths }: HyperVMachine): PowershellScript {
  return [
    ps`Remove-VMDvdDrive -VMName ${name} -ControllerNumber ${1} -ControllerLocation ${0} -ErrorAction ${'Stop'}`,
    ...diskPaths.map(
      (path, index) =>
        ps`Add-VMHardDiskDrive -VMName ${name} -ControllerType ${'IDE'} -ControllerNumber ${Math.floor(index / 2)} -ControllerLocation ${index % 2} -Path ${path} -ErrorAction ${'Stop'}`,
    ),
    ps`Set-VMBios -VMName ${name} -StartupOrder ${['IDE', 'CD', 'LegacyNetworkAdapter', 'Floppy']} -ErrorAction ${'Stop'}`,
  ];
}

/** One SCSI controller, which a new machine has. The boot order names the first disk only: what is not in it is not started. */
function generation2Disks({ name, diskPaths }: HyperVMachine): PowershellScript {
  const firstDisk = ps`Get-VMHardDiskDrive -VMName ${name} -ControllerType ${'SCSI'} -ControllerNumber ${0} -ControllerLocation ${0} -ErrorAction ${'Stop'}`;
  return [
    ...diskPaths.map(
      (path, index) =>
        ps`Add-VMHardDiskDrive -VMName ${name} -ControllerType ${'SCSI'} -ControllerNumber ${0} -ControllerLocation ${index} -Path ${path} -ErrorAction ${'Stop'}`,
    ),
    ps`Set-VMFirmware -VMName ${name} -EnableSecureBoot ${'Off'} -BootOrder ${firstDisk} -ErrorAction ${'Stop'}`,
  ];
}

/** Answers with JSON: {"Name":"…","State":2}. Numbers, because names of states would depend on the version of ConvertTo-Json. */
export function stateScript(name: string): PowershellScript {
  const machine = ps`Get-VM -Name ${name} -ErrorAction ${'Stop'}`;
  const facts = ps`Select-Object -Property ${['Name', 'State']} -InputObject ${machine} -ErrorAction ${'Stop'}`;
  return [ps`ConvertTo-Json -Compress -InputObject ${facts} -ErrorAction ${'Stop'}`];
}

/** A machine that is off, or was never started, is removed all the same. Disks are files of ours, and stay. */
export function removeScript(name: string): PowershellScript {
  return [
    ps`Stop-VM -Name ${name} -TurnOff -Force -ErrorAction ${'SilentlyContinue'}`,
    ps`Remove-VM -Name ${name} -Force -ErrorAction ${'Stop'}`,
  ];
}

/** Answers with JSON: {"LogicalProcessorCount":8,"MemoryCapacity":17179869184}. */
export function hostScript(): PowershellScript {
  const host = ps`Get-VMHost -ErrorAction ${'Stop'}`;
  const facts = ps`Select-Object -Property ${['LogicalProcessorCount', 'MemoryCapacity']} -InputObject ${host} -ErrorAction ${'Stop'}`;
  return [ps`ConvertTo-Json -Compress -InputObject ${facts} -ErrorAction ${'Stop'}`];
}

/** Answers with JSON: {"Name":"Microsoft Windows Server 2022"}: the newest version of machines that this Hyper-V makes. */
export function versionScript(): PowershellScript {
  const version = ps`Get-VMHostSupportedVersion -Default -ErrorAction ${'Stop'}`;
  const facts = ps`Select-Object -Property ${['Name']} -InputObject ${version} -ErrorAction ${'Stop'}`;
  return [ps`ConvertTo-Json -Compress -InputObject ${facts} -ErrorAction ${'Stop'}`];
}

/** Answers with JSON: {"Path":"C:\\Users\\joe"}: where commands over ssh begin, and sftp too. */
export function homeScript(): PowershellScript {
  const place = ps`Get-Location -ErrorAction ${'Stop'}`;
  const facts = ps`Select-Object -Property ${['Path']} -InputObject ${place} -ErrorAction ${'Stop'}`;
  return [ps`ConvertTo-Json -Compress -InputObject ${facts} -ErrorAction ${'Stop'}`];
}

/** Answers with JSON: {"Hash":"E3B0…"}, SHA-256 in capitals. */
export function hashScript(path: string): PowershellScript {
  const hash = ps`Get-FileHash -LiteralPath ${path} -Algorithm ${'SHA256'} -ErrorAction ${'Stop'}`;
  const facts = ps`Select-Object -Property ${['Hash']} -InputObject ${hash} -ErrorAction ${'Stop'}`;
  return [ps`ConvertTo-Json -Compress -InputObject ${facts} -ErrorAction ${'Stop'}`];
}

export function removeFolderScript(path: string): PowershellScript {
  return [ps`Remove-Item -LiteralPath ${path} -Recurse -Force -ErrorAction ${'Stop'}`];
}
