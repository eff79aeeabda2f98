// Cases about the host: the real vmb is killed, or finds no room; and nothing stays of anything.
import { mkdir, readdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdapterError } from '../../../vmm-adapters/lib/adapter-error.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import type { Bench } from '../bench.ts';
import { type ConformanceCase, difference, type Finding, notApplicable, shortened, verdict } from '../case.ts';
import { canLook, openFiles, processesOf } from '../left-behind.ts';
import { exitOf, prepareTrial } from '../trial.ts';

const subject = 'host';
const onlyLinux = 'This can be looked at on Linux only.';

export const hostCases: readonly ConformanceCase[] = [
  {
    number: 44,
    subject,
    name: 'kill -9 of vmb',
    promise: 'When vmb is killed, its machine ends, and the next vmb removes what is left.',
    run: (bench) => (canLook ? killVmb(bench) : Promise.resolve(notApplicable(onlyLinux))),
  },
  {
    number: 45,
    subject,
    name: 'no room on the host',
    promise: 'When a disk cannot grow because the host has no room, the build fails and says so, and nothing stays.',
    run: fullHost,
  },
  {
    number: 46,
    subject,
    name: 'nothing is left',
    promise: 'When all machines have ended, no process and no open file of them is left.',
    run: (bench) => (canLook ? nothingLeft(bench) : Promise.resolve(notApplicable(onlyLinux))),
  },
];

interface Home {
  readonly folder: string;
  readonly work: string;
  /** Words that start vmb with this home. */
  words(...args: readonly string[]): readonly string[];
}

/** State of its own, the build-VM out of the cache, and a repository "kit" with one build. */
async function makeHome(bench: Bench, name: string, jobs: string): Promise<Home> {
  const folder = join(bench.folder, name);
  const build = join(folder, 'repository', name);
  await mkdir(build, { recursive: true });
  await symlink(await realpath(bench.vmb.cacheFolder), join(folder, 'cache'));
  const head = `name = "${name}"\nversion = "1"\narch = "x86_64"\nsummary = "A build of the conformance kit"\n`;
  await writeFile(join(build, 'build.toml'), `${head}${jobs}`);
  const words = (...args: readonly string[]) => ['env', `VMB_HOME=${folder}`, ...bench.vmb.program, ...args];
  const [program = '', ...args] = words('import', '--path', join(folder, 'repository'), '--as', 'kit');
  await localCommands.run(program, args, { signal: bench.signal });
  return { folder, work: join(folder, 'state', 'work'), words };
}

const sleeping = `
[[job]]
use = "run"
command = "echo running; sleep 1000"
`;

async function killVmb(bench: Bench): Promise<Finding> {
  const home = await makeHome(bench, 'killed-vmb', sleeping);
  const [program = '', ...args] = home.words('build', '--repo', 'kit', '--name', 'killed-vmb', ...bench.vmb.options);
  const before = await processesOf(home.folder);
  const vmb = await localCommands.start(program, args, { signal: bench.signal });
  let said = '';
  for await (const bytes of vmb.stdout) {
    said += String(bytes);
    if (said.includes('| running')) break;
  }
  vmb.kill();
  await vmb.exited;
  if (!said.includes('| running')) return verdict([`vmb did not come to its step: ${shortened(said.slice(-300))}`]);
  const known = new Set(before.map(({ pid }) => pid));
  const left = async () => (await processesOf(home.folder)).filter(({ pid }) => !known.has(pid));
  // Where nothing else ends the machine, the guest does, after 30 s without a heartbeat.
  for (let tries = 0; tries < 90 && (await left()).length > 0; tries += 1) await sleep(500);
  const alive = await left();
  // A build that there is not: vmb sweeps before it looks for it.
  const [next = '', ...sweep] = home.words('build', '--repo', 'kit', '--name', 'none');
  await localCommands.run(next, sweep, { okExitCodes: anyExitCode });
  const folders = await readdir(home.work).catch(() => []);
  return verdict([
    alive.length === 0 ? undefined : `These processes go on: ${shortened(alive.map(({ words: w }) => w).join('; '))}`,
    folders.length === 0 ? undefined : `These work folders are left: ${folders.join(', ')}.`,
  ]);
}

const anyExitCode = Array.from({ length: 256 }, (_, code) => code);

const filling = `
[[job]]
use = "create-disk"
disk = "main"
size = "200MiB"

[[job]]
use = "format"
volume = "main"
type = "ext4"

[[job]]
use = "run"
command = "dd if=/dev/urandom of=/mnt/big bs=1M count=100"
mount = { "/mnt" = "main" }
`;

/** A namespace of users, so that no root is needed for a filesystem of 30 MB. */
const inSmallFolder =
  'mount -t tmpfs -o size=30m tmpfs "$1" && shift && "$@"; code=$?; find "$0/work" -mindepth 1 -printf "left: %p\\n"; exit $code';

async function fullHost(bench: Bench): Promise<Finding> {
  const home = await makeHome(bench, 'full-host', filling);
  const state = join(home.folder, 'state');
  await mkdir(state, { recursive: true });
  const unshare = ['--map-root-user', '--mount', 'sh', '-c', inSmallFolder, state, state];
  try {
    await localCommands.run('unshare', [...unshare, 'true'], { signal: bench.signal });
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return notApplicable('This host lets nobody mount a small filesystem (unshare --map-root-user --mount).');
  }
  const build = home.words('build', '--repo', 'kit', '--name', 'full-host', '--out', join(home.folder, 'out'));
  const words = [...unshare, ...build, ...bench.vmb.options];
  const { exitCode, stdout, stderr } = await localCommands.run('unshare', words, {
    okExitCodes: anyExitCode,
    signal: bench.signal,
  });
  return verdict([
    difference('the exit code of vmb', 1, exitCode),
    /is full|no room/i.test(stderr) ? undefined : `It does not say that there is no room: ${shortened(stderr.trim())}`,
    ...stdout
      .split('\n')
      .filter((line) => line.startsWith('left: '))
      .slice(0, 1),
    ...(await processesOf(state)).filter(({ words: w }) => w.includes(state)).map(({ words: w }) => `${w} goes on.`),
  ]);
}

/** Three machines come and go: what each leaves shows thrice. */
async function nothingLeft(bench: Bench): Promise<Finding> {
  const before = { files: await openFiles(), processes: await processesOf(bench.workFolder) };
  for (let time = 1; time <= machinesToLose; time += 1) {
    const trial = await prepareTrial(bench, { id: `gone-${time}`, steps: [] });
    const running = await trial.boot();
    await running.stop();
    await exitOf(running);
    running.serial.destroy();
    await trial.remove();
  }
  const known = new Set(before.processes.map(({ pid }) => pid));
  const lost = async () => ({
    files: (await openFiles()) - before.files,
    processes: (await processesOf(bench.workFolder)).filter(({ pid }) => !known.has(pid)),
  });
  let found = await lost();
  for (let tries = 0; tries < 50 && (found.files >= machinesToLose || found.processes.length > 0); tries += 1) {
    await sleep(100);
    found = await lost();
  }
  const [first] = found.processes;
  const earlier = before.processes.find(({ words }) => words.includes(bench.workFolder));
  return verdict([
    found.files < machinesToLose ? undefined : `${found.files} files stay open after ${machinesToLose} machines.`,
    first === undefined ? undefined : `This process goes on: ${shortened(first.words)}`,
    earlier === undefined ? undefined : `This process of an earlier case goes on: ${shortened(earlier.words)}`,
  ]);
}

const machinesToLose = 3;
