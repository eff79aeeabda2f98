// The machines of the stand-in: a record each, and a QEMU while one runs.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { PowershellError } from './errors.mjs';

const root = process.env.HYPER_V_STAND_IN ?? join(tmpdir(), `vmb-hyper-v-stand-in-${process.getuid()}`);
const folderOf = ({ id }) => join(root, 'machines', id);
const listed = (folder) => (existsSync(folder) ? readdirSync(folder).sort() : []);

export function machines() {
  return listed(join(root, 'machines')).flatMap((id) => {
    try {
      return [JSON.parse(readFileSync(join(root, 'machines', id, 'machine.json'), 'utf8'))];
    } catch {
      // Another stand-in has just removed it.
      return [];
    }
  });
}

export function save(machine) {
  mkdirSync(folderOf(machine), { recursive: true });
  writeFileSync(join(folderOf(machine), 'machine.json'), JSON.stringify(machine, undefined, 2));
}

export function forget(machine) {
  for (const { path, folder } of Object.values(machine.comPorts)) rmSync(join(folder, path), { force: true });
  rmSync(folderOf(machine), { recursive: true, force: true });
}

const markOf = (path) => join(root, 'whole', createHash('sha256').update(realpathSync(path)).digest('hex'));

/** On Windows a file that qemu-img makes is sparse until somebody says otherwise. */
export function markWhole(path) {
  const marks = join(root, 'whole');
  mkdirSync(marks, { recursive: true });
  for (const mark of listed(marks)) {
    if (!existsSync(readFileSync(join(marks, mark), 'utf8'))) rmSync(join(marks, mark), { force: true });
  }
  writeFileSync(markOf(path), realpathSync(path));
}

/** What came by sftp was never sparse. */
export function isWhole(path) {
  return process.env.SSH_CONNECTION !== undefined || existsSync(markOf(path));
}

/** Field 22 of proc(5) stat tells two processes of the same number apart. */
function startTimeOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1).trim().split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

export function isRunning({ process: running }) {
  return running?.startTime !== undefined && startTimeOf(running.pid) === running.startTime;
}

const answerMs = 30_000;

export async function powerOn(machine) {
  const folder = folderOf(machine);
  const log = openSync(join(folder, 'qemu.log'), 'w');
  if (machine.generation === 2) copyFileSync('/usr/share/OVMF/OVMF_VARS_4M.fd', join(folder, 'variables.fd'));
  // Detached: a machine outlives the PowerShell that started it.
  const child = spawn('qemu-system-x86_64', words(machine), {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  machine.process = { pid: child.pid, startTime: startTimeOf(child.pid) };
  save(machine);
  // QEMU starts paused: a guest that powers off at once would be gone before anybody saw that it had started.
  for (let left = answerMs; left > 0; left -= 50) {
    if (await qmp(folder, 'cont')) return;
    if (!isRunning(machine)) break;
    await setTimeout(50);
  }
  const said = readFileSync(join(folder, 'qemu.log'), 'utf8');
  throw new PowershellError('NotSpecified', 'Unspecified', `'${machine.name}' failed to start. ${said}`);
}

export async function powerOff(machine) {
  if (!isRunning(machine)) return;
  await qmp(folderOf(machine), 'quit');
  for (let left = 10_000; left > 0 && isRunning(machine); left -= 20) {
    if (left === 5_000) process.kill(machine.process.pid, 'SIGKILL');
    await setTimeout(20);
  }
}

/** Whether QEMU carried out `command`, given on its control wire. */
function qmp(folder, command) {
  // By a short name: a socket's path has 108 bytes.
  process.chdir(folder);
  return new Promise((resolve) => {
    const socket = connect('control.sock');
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => {
      for (const execute of ['qmp_capabilities', command]) {
        socket.write(`${JSON.stringify({ execute, id: execute })}\n`);
      }
      const answers = createInterface(socket);
      answers.on('error', () => resolve(false));
      answers.on('line', (line) => {
        if (JSON.parse(line).id !== command) return;
        resolve('return' in JSON.parse(line));
        socket.destroy();
      });
    });
  });
}

const processor = 'qemu64,vendor=AuthenticAMD,svm=off,ssse3=on,sse4.1=on,sse4.2=on,popcnt=on,rdrand=on';
const escaped = (value) => value.replaceAll(',', ',,');

/** A machine that resets starts again, as on Hyper-V. */
function words(machine) {
  const { generation, memoryBytes, processors, comPorts, networkAdapters } = machine;
  const com = comPorts[1];
  const uefi = [
    '-blockdev',
    'driver=file,node-name=code,filename=/usr/share/OVMF/OVMF_CODE_4M.fd,read-only=on',
    '-blockdev',
    'driver=file,node-name=variables,filename=variables.fd',
  ];
  const isPipe = com !== undefined && process.env.HYPER_V_STAND_IN_FAULT !== 'no-pipe';
  return [
    ...['-name', machine.name, '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-machine', generation === 2 ? 'q35,sata=off,pflash0=code,pflash1=variables' : 'pc'],
    ...['-accel', 'tcg', '-cpu', processor, '-smp', String(processors), '-m', `${memoryBytes / 1024 / 1024}M`],
    ...(generation === 2 ? uefi : []),
    ...(isPipe
      ? [
          '-chardev',
          `socket,id=com1,path=${escaped(join(com.folder, com.path))},server=on,wait=off`,
          '-serial',
          'chardev:com1',
        ]
      : []),
    ...['-qmp', 'unix:control.sock,server=on,wait=off', '-S', '-boot', 'strict=on'],
    // A kernel finds it, and fails the test that looks for one.
    ...(networkAdapters > 0 ? ['-nic', 'none', '-device', 'e1000'] : []),
    ...machine.drives.flatMap((drive, index) => (drive.dvd ? [] : diskWords(machine, drive, index))),
  ];
}

function diskWords(machine, drive, index) {
  const { number, location, path } = drive;
  const node = `disk${index}`;
  const started = isFirst(machine, drive) ? ',bootindex=0' : '';
  const format = extname(path) === '.vhd' ? 'vpc' : 'vhdx';
  // Eight disks in each PCI slot: 64 of them in eight slots.
  const place = `virtio-blk-pci,bus=pcie.0,addr=0x${(2 + (location >> 3)).toString(16)}.${location & 7},multifunction=on`;
  return [
    ...['-blockdev', `driver=file,node-name=${node}-file,filename=${escaped(path)},cache.no-flush=on`],
    ...['-blockdev', `driver=${format},node-name=${node},file=${node}-file`],
    ...[
      '-device',
      `${drive.type === 'IDE' ? `ide-hd,bus=ide.${number},unit=${location}` : place},drive=${node}${started}`,
    ],
  ];
}

/** With Secure Boot on, a machine starts nothing that is not signed: build-VMs are not. */
function isFirst({ generation, bootOrder, secureBoot, startupOrder }, { number, location }) {
  if (generation === 1) return startupOrder?.[0] === 'IDE' && number === 0 && location === 0;
  return !secureBoot && bootOrder?.number === number && bootOrder?.location === location;
}
