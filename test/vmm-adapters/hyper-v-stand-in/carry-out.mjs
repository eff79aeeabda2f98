// What each cmdlet does, on records of machines and on QEMU.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { extname, isAbsolute } from 'node:path';
import { PowershellError, unknownMachine } from './errors.mjs';
import { forget, isRunning, isWhole, machines, powerOff, powerOn, save } from './machines.mjs';

const wrong = (message, id = 'InvalidParameter') => new PowershellError('InvalidArgument', id, message);
const badState = (message) => new PowershellError('InvalidOperation', 'InvalidState', message);

function named(name) {
  const pattern = new RegExp(
    `^${name
      .split('*')
      .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
      .join('.*')}$`,
    'i',
  );
  const found = machines().filter((machine) => pattern.test(machine.name));
  if (found.length === 0 && !name.includes('*')) throw unknownMachine(name);
  return found;
}

/** For what changes a machine: all of that name are meant, as in Hyper-V. */
function change(name, edit) {
  for (const machine of named(name)) {
    edit(machine);
    save(machine);
  }
}

function requireOff(machine) {
  if (isRunning(machine))
    throw badState(
      `The operation cannot be performed while the virtual machine '${machine.name}' is in its current state.`,
    );
}

const isTaken = (machine, at) => machine.drives.some((drive) => sameplace(drive, at));
const sameplace = (one, other) =>
  one.type === other.type && one.number === other.number && one.location === other.location;

const actions = {
  'New-VM'({ Name, Generation = 1, MemoryStartupBytes = 512 * 1024 * 1024, Path, NoVHD }) {
    if (![1, 2].includes(Generation)) throw wrong(`Generation ${Generation} is not 1 or 2.`);
    if (MemoryStartupBytes % (2 * 1024 * 1024) !== 0 || MemoryStartupBytes < 32 * 1024 * 1024)
      throw wrong('Invalid memory value assigned: it must be a multiple of 2 MB and at least 32 MB.');
    if (NoVHD !== true) throw wrong('The stand-in makes machines with -NoVHD only.');
    if (Path === undefined || !existsSync(Path)) throw wrong(`The path '${Path}' does not exist.`);
    const dvd = { type: 'IDE', number: 1, location: 0, dvd: true };
    save({
      id: randomUUID(),
      name: Name,
      generation: Generation,
      memoryBytes: MemoryStartupBytes,
      processors: 1,
      drives: Generation === 1 ? [dvd] : [],
      networkAdapters: 1,
      comPorts: {},
      secureBoot: true,
      bootOrder: undefined,
      checkpoints: 'Production',
    });
    return undefined;
  },
  'Remove-VMNetworkAdapter': ({ VMName }) =>
    change(VMName, (machine) => {
      machine.networkAdapters = 0;
    }),
  'Set-VM': ({ Name, ProcessorCount, CheckpointType }) =>
    change(Name, (machine) => {
      requireOff(machine);
      machine.processors = ProcessorCount ?? machine.processors;
      machine.checkpoints = CheckpointType ?? machine.checkpoints;
    }),
  'Remove-VMDvdDrive': ({ VMName, ControllerNumber, ControllerLocation }) =>
    change(VMName, (machine) => {
      const at = { type: 'IDE', number: ControllerNumber, location: ControllerLocation };
      if (!machine.drives.some((drive) => drive.dvd && sameplace(drive, at)))
        throw wrong('A parameter is invalid. Unable to find a DVD drive matching the specified criteria.');
      machine.drives = machine.drives.filter((drive) => !sameplace(drive, at));
    }),
  'Add-VMHardDiskDrive': ({ VMName, ControllerType, ControllerNumber, ControllerLocation, Path }) =>
    change(VMName, (machine) => {
      const at = { type: ControllerType, number: ControllerNumber, location: ControllerLocation };
      requirePlace(machine, at);
      requireDisk(machine, Path);
      machine.drives.push({ ...at, path: Path });
    }),
  'Get-VMHardDiskDrive': ({ VMName, ControllerType, ControllerNumber, ControllerLocation }) => {
    const at = { type: ControllerType, number: ControllerNumber, location: ControllerLocation };
    const found = named(VMName).flatMap(({ drives }) =>
      drives.filter((drive) => drive.dvd !== true && sameplace(drive, at)),
    );
    return found.length === 1 ? found[0] : found;
  },
  'Set-VMBios': ({ VMName, StartupOrder }) =>
    change(VMName, (machine) => {
      if (machine.generation !== 1) throw badState('Set-VMBios is for machines of generation 1.');
      machine.startupOrder = StartupOrder;
    }),
  'Set-VMFirmware': ({ VMName, EnableSecureBoot, BootOrder }) =>
    change(VMName, (machine) => {
      if (machine.generation !== 2) throw badState('Set-VMFirmware is for machines of generation 2.');
      requireOff(machine);
      if (BootOrder !== undefined && !isTaken(machine, BootOrder))
        throw wrong('The boot order names a device that the machine does not have.');
      machine.secureBoot = EnableSecureBoot === undefined ? machine.secureBoot : EnableSecureBoot === 'On';
      machine.bootOrder = BootOrder ?? machine.bootOrder;
    }),
  'Set-VMComPort': ({ VMName, Number: number, Path }) =>
    change(VMName, (machine) => {
      if (![1, 2].includes(number)) throw wrong('COM ports have the numbers 1 and 2.');
      if (!/^\\\\\.\\pipe\\[^\\]+$/.test(Path)) throw wrong(`'${Path}' is no named pipe of this computer.`);
      // The pipe is a socket of that name in the folder that its user runs in.
      machine.comPorts[number] = { path: Path, folder: process.cwd() };
    }),
  async 'Start-VM'({ Name }) {
    for (const machine of named(Name)) if (!isRunning(machine)) await powerOn(machine);
  },
  async 'Stop-VM'({ Name, TurnOff }) {
    if (TurnOff !== true) throw wrong('The stand-in has no way to ask a guest to shut down: -TurnOff.');
    for (const machine of named(Name)) await powerOff(machine);
  },
  'Remove-VM'({ Name, Force }) {
    if (Force !== true)
      throw wrong(
        'PowerShell is in NonInteractive mode. Read and Prompt functionality is not available.',
        'InvalidOperation',
      );
    for (const machine of named(Name)) {
      requireOff(machine);
      forget(machine);
    }
  },
  'Get-VM': ({ Name = '*' }) => {
    const found = named(Name).map((machine) => ({
      Name: machine.name,
      Id: machine.id,
      State: isRunning(machine) ? 2 : 3,
      Generation: machine.generation,
      ProcessorCount: machine.processors,
    }));
    return found.length === 1 ? found[0] : found;
  },
  'Get-VMHost': () => ({ Name: 'STAND-IN', LogicalProcessorCount: cpus().length, MemoryCapacity: totalmem() }),
  'Get-VMHostSupportedVersion': () => ({
    Name: 'QEMU in the place of Hyper-V',
    Version: { Major: 10, Minor: 0 },
    IsDefault: true,
  }),
  'Get-FileHash': ({ LiteralPath, Algorithm }) => {
    if (Algorithm !== 'SHA256' || !existsSync(LiteralPath))
      throw wrong(`Cannot hash '${LiteralPath}' by ${Algorithm}.`);
    const { stdout } = spawnSync('sha256sum', ['--', LiteralPath], { encoding: 'utf8' });
    return { Algorithm, Hash: stdout.slice(0, 64).toUpperCase(), Path: LiteralPath };
  },
  'Get-Location': () => ({ Drive: 'C', Path: process.cwd() }),
  'Remove-Item'({ LiteralPath, Recurse, Force }) {
    if (!existsSync(LiteralPath))
      throw new PowershellError(
        'ObjectNotFound',
        'PathNotFound',
        `Cannot find path '${LiteralPath}' because it does not exist.`,
      );
    rmSync(LiteralPath, { recursive: Recurse, force: Force });
  },
  // A list that is given by -InputObject is one object, which has no such properties.
  'Select-Object': ({ Property, InputObject }) =>
    Object.fromEntries(Property.map((name) => [name, InputObject?.[name] ?? null])),
  'ConvertTo-Json': ({ InputObject, Compress }) =>
    JSON.stringify(InputObject, undefined, Compress === true ? undefined : 4),
};

function requirePlace(machine, at) {
  const { type, number, location } = at;
  if (machine.generation === 2 && type !== 'SCSI')
    throw badState('Generation 2 virtual machines have no IDE controllers.');
  if (type === 'SCSI' && machine.generation === 1)
    throw badState('The stand-in has no SCSI controllers in machines of generation 1.');
  const places = type === 'IDE' ? [2, 2] : [1, 64];
  if (number >= places[0] || location >= places[1])
    throw wrong(`There is no place ${number}, ${location} on the ${type} controllers.`);
  if (isTaken(machine, at)) throw badState(`A drive is there already: ${type} ${number}, ${location}.`);
}

function requireDisk(machine, path) {
  if (!isAbsolute(path) || !existsSync(path))
    throw new PowershellError('ObjectNotFound', 'ObjectNotFound', `Cannot find '${path}'.`);
  const formats = { '.vhdx': 'vhdx', ...(machine.generation === 1 ? { '.vhd': 'vpc' } : {}) };
  const format = formats[extname(path)];
  if (format === undefined)
    throw wrong(`'${path}': disks of generation ${machine.generation} are ${Object.keys(formats).join(' or ')} files.`);
  if (!isWhole(path))
    throw new PowershellError(
      'NotSpecified',
      'Unspecified',
      `'${path}': Virtual hard disk files must be uncompressed and unencrypted and must not be sparse. (0xC03A001A)`,
    );
  execFileSync('qemu-img', ['info', '-f', format, path], { stdio: 'pipe' });
}

export function carryOut(cmdlet, bound) {
  return actions[cmdlet](bound);
}
