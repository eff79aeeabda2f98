// The PowerShell for machines of both generations, word for word; and every line of it against Microsoft's documentation.
import { expect, test } from 'vitest';
import {
  createScript,
  type HyperVMachine,
  hashScript,
  homeScript,
  hostScript,
  pipePath,
  removeFolderScript,
  removeScript,
  stateScript,
  versionScript,
} from '../../../vmm-adapters/lib/hyper-v-script.ts';
import { type PowershellScript, textOf } from '../../../vmm-adapters/lib/powershell.ts';
import { cmdlets } from '../hyper-v-stand-in/cmdlets.mjs';
import { type Call, parse } from '../hyper-v-stand-in/parse.mjs';

const machine: HyperVMachine = {
  name: 'vmb-0123456789ab-session-1',
  generation: 2,
  memoryBytes: 512 * 1024 * 1024 + 1,
  cpus: 2,
  diskPaths: ["C:\\Users\\O'Neil\\disk-a.vhdx", 'C:\\w\\disk-b.vhdx', 'C:\\w\\disk-c.vhdx'],
  folder: "C:\\Users\\O'Neil",
};
const vhdPaths = ['C:\\w\\disk-a.vhd', 'C:\\w\\disk-b.vhd', 'C:\\w\\disk-c.vhd', 'C:\\w\\disk-d.vhd'];
const generation1: HyperVMachine = { ...machine, generation: 1, memoryBytes: 1, diskPaths: vhdPaths };

test('generation 2: SCSI disks in order, Secure Boot off, nothing but disk 1 is started', () => {
  expect(textOf(createScript(machine))).toMatchInlineSnapshot(`
    "New-VM -Name 'vmb-0123456789ab-session-1' -Generation 2 -MemoryStartupBytes 538968064 -NoVHD -Path 'C:\\Users\\O''Neil' -ErrorAction 'Stop'
    Remove-VMNetworkAdapter -VMName 'vmb-0123456789ab-session-1' -ErrorAction 'Stop'
    Set-VM -Name 'vmb-0123456789ab-session-1' -ProcessorCount 2 -StaticMemory -CheckpointType 'Disabled' -AutomaticStartAction 'Nothing' -AutomaticStopAction 'TurnOff' -ErrorAction 'Stop'
    Add-VMHardDiskDrive -VMName 'vmb-0123456789ab-session-1' -ControllerType 'SCSI' -ControllerNumber 0 -ControllerLocation 0 -Path 'C:\\Users\\O''Neil\\disk-a.vhdx' -ErrorAction 'Stop'
    Add-VMHardDiskDrive -VMName 'vmb-0123456789ab-session-1' -ControllerType 'SCSI' -ControllerNumber 0 -ControllerLocation 1 -Path 'C:\\w\\disk-b.vhdx' -ErrorAction 'Stop'
    Add-VMHardDiskDrive -VMName 'vmb-0123456789ab-session-1' -ControllerType 'SCSI' -ControllerNumber 0 -ControllerLocation 2 -Path 'C:\\w\\disk-c.vhdx' -ErrorAction 'Stop'
    Set-VMFirmware -VMName 'vmb-0123456789ab-session-1' -EnableSecureBoot 'Off' -BootOrder (Get-VMHardDiskDrive -VMName 'vmb-0123456789ab-session-1' -ControllerType 'SCSI' -ControllerNumber 0 -ControllerLocation 0 -ErrorAction 'Stop') -ErrorAction 'Stop'
    Set-VMComPort -VMName 'vmb-0123456789ab-session-1' -Number 1 -Path '\\\\.\\pipe\\vmb-0123456789ab-session-1' -ErrorAction 'Stop'
    Start-VM -Name 'vmb-0123456789ab-session-1' -ErrorAction 'Stop'"
  `);
});

test('generation 1: IDE disks in order, the DVD drive makes room', () => {
  expect(textOf(createScript(generation1))).toMatchInlineSnapshot(`
    "New-VM -Name 'vmb-0123456789ab-session-1' -Generation 1 -MemoryStartupBytes 33554432 -NoVHD -Path 'C:\\Users\\O''Neil' -ErrorAction 'Stop'
    Remove-VMNetworkAdapter -VMName 'vmb-0123456789ab-session-1' -ErrorAction 'Stop'
    Set-VM -Name 'vmb-0123456789ab-session-1' -ProcessorCount 2 -StaticMemory -CheckpointType 'Disabled' -AutomaticStartAction 'Nothing' -AutomaticStopAction 'TurnOff' -ErrorAction 'Stop'
    Remove-VMDvdDrive -VMName 'vmb-0123456789ab-session-1' -ControllerNumber 1 -ControllerLocation 0 -ErrorAction 'Stop'
    Add-VMHardDiskDrive -VMName 'vmb-0123456789ab-session-1' -ControllerType 'IDE' -ControllerNumber 0 -ControllerLocation 0 -Path 'C:\\w\\disk-a.vhd' -ErrorAction 'Stop'
    Add-VMHardDiskDrive -VMName 'vmb-0123456789ab-session-1' -ControllerType 'IDE' -ControllerNumber 0 -ControllerLocation 1 -Path 'C:\\w\\disk-b.vhd' -ErrorAction 'Stop'
    Add-VMHardDiskDrive -VMName 'vmb-0123456789ab-session-1' -ControllerType 'IDE' -ControllerNumber 1 -ControllerLocation 0 -Path 'C:\\w\\disk-c.vhd' -ErrorAction 'Stop'
    Add-VMHardDiskDrive -VMName 'vmb-0123456789ab-session-1' -ControllerType 'IDE' -ControllerNumber 1 -ControllerLocation 1 -Path 'C:\\w\\disk-d.vhd' -ErrorAction 'Stop'
    Set-VMBios -VMName 'vmb-0123456789ab-session-1' -StartupOrder 'IDE', 'CD', 'LegacyNetworkAdapter', 'Floppy' -ErrorAction 'Stop'
    Set-VMComPort -VMName 'vmb-0123456789ab-session-1' -Number 1 -Path '\\\\.\\pipe\\vmb-0123456789ab-session-1' -ErrorAction 'Stop'
    Start-VM -Name 'vmb-0123456789ab-session-1' -ErrorAction 'Stop'"
  `);
});

test('state, removal, host', () => {
  expect(textOf(stateScript('x'))).toMatchInlineSnapshot(
    `"ConvertTo-Json -Compress -InputObject (Select-Object -Property 'Name', 'State' -InputObject (Get-VM -Name 'x' -ErrorAction 'Stop') -ErrorAction 'Stop') -ErrorAction 'Stop'"`,
  );
  expect(textOf(removeScript('x'))).toMatchInlineSnapshot(`
    "Stop-VM -Name 'x' -TurnOff -Force -ErrorAction 'SilentlyContinue'
    Remove-VM -Name 'x' -Force -ErrorAction 'Stop'"
  `);
  expect(textOf([...hostScript(), ...versionScript()])).toMatchInlineSnapshot(`
    "ConvertTo-Json -Compress -InputObject (Select-Object -Property 'LogicalProcessorCount', 'MemoryCapacity' -InputObject (Get-VMHost -ErrorAction 'Stop') -ErrorAction 'Stop') -ErrorAction 'Stop'
    ConvertTo-Json -Compress -InputObject (Select-Object -Property 'Name' -InputObject (Get-VMHostSupportedVersion -Default -ErrorAction 'Stop') -ErrorAction 'Stop') -ErrorAction 'Stop'"
  `);
});

test('files on another machine', () => {
  expect(
    textOf([...homeScript(), ...hashScript("C:\\it's"), ...removeFolderScript('C:\\vmb-1')]),
  ).toMatchInlineSnapshot(`
    "ConvertTo-Json -Compress -InputObject (Select-Object -Property 'Path' -InputObject (Get-Location -ErrorAction 'Stop') -ErrorAction 'Stop') -ErrorAction 'Stop'
    ConvertTo-Json -Compress -InputObject (Select-Object -Property 'Hash' -InputObject (Get-FileHash -LiteralPath 'C:\\it''s' -Algorithm 'SHA256' -ErrorAction 'Stop') -ErrorAction 'Stop') -ErrorAction 'Stop'
    Remove-Item -LiteralPath 'C:\\vmb-1' -Recurse -Force -ErrorAction 'Stop'"
  `);
});

test('the pipe', () => {
  expect(pipePath('vmb-a')).toBe('\\\\.\\pipe\\vmb-a');
});

function calls(list: readonly Call[]): Call[] {
  const inner = list.flatMap(({ parameters }) =>
    parameters.flatMap(({ value }) => (value.kind === 'call' ? [value.call] : [])),
  );
  return inner.length === 0 ? [...list] : [...list, ...calls(inner)];
}

test('every cmdlet is in the table, has a page, and says what happens when it fails', () => {
  const scripts: PowershellScript[] = [
    createScript(machine),
    createScript(generation1),
    stateScript('x'),
    removeScript('x'),
    hostScript(),
    versionScript(),
    homeScript(),
    hashScript('x'),
    removeFolderScript('x'),
  ];
  const all = calls(scripts.flatMap((script) => parse(textOf(script))));
  expect([...new Set(all.map(({ cmdlet }) => cmdlet))].sort()).toEqual(Object.keys(cmdlets).sort());
  for (const { cmdlet, parameters } of all) {
    expect(cmdlets[cmdlet]?.page).toMatch(/^https:\/\/learn\.microsoft\.com\/powershell\/module\//);
    expect(
      parameters.map(({ name }) => name),
      cmdlet,
    ).toContain('ErrorAction');
  }
});
