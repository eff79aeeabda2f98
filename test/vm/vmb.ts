// Runs the compiled vmb as a user does: state of its own, the build-VM out of the machine's ordinary cache.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program; the tests run what `make setup` compiled. */
const vmbMain = fileURLToPath(new URL('../../dist/runner/main.js', import.meta.url));

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines of standard output as JSON, for `--json`. */
  events(): Event[];
}

/** An event of `--json`; see runner/event.ts. */
export interface Event {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Vmb {
  /** A folder of this test's own. */
  readonly folder: string;
  readonly stateFolder: string;
  /** Writes a build folder into the repository "test", which is registered. `files` by path in it. */
  addBuild(name: string, jobs: string, files?: Readonly<Record<string, string>>): Promise<void>;
  run(...args: readonly string[]): Promise<Finished>;
  /** Starts without waiting; `finished` never rejects. */
  start(...args: readonly string[]): { readonly child: ChildProcess; readonly finished: Promise<Finished> };
  remove(): void;
}

/** `environment` is added to the caller's. */
export function makeVmb(environment: Readonly<Record<string, string>> = {}): Vmb {
  const folder = mkdtempSync(join(tmpdir(), 'vmb-test-'));
  const own = { XDG_CONFIG_HOME: join(folder, 'config'), XDG_STATE_HOME: join(folder, 'state') };
  const repository = join(folder, 'repository');
  let registered = false;

  // In the machine's cache `vmb clean` would remove the build-VMs of other checkouts, whose tests may be running.
  const cleaning = { XDG_CACHE_HOME: join(folder, 'cache') };

  const start = (...args: readonly string[]) => {
    const child = spawn(process.execPath, [vmbMain, ...args], {
      cwd: folder,
      env: { ...process.env, ...own, ...environment, ...(args[0] === 'clean' ? cleaning : {}) },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    const finished = new Promise<Finished>((resolve) => {
      child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr, events: () => eventsOf(stdout) }));
    });
    return { child, finished };
  };
  const run = (...args: readonly string[]) => start(...args).finished;
  return {
    folder,
    stateFolder: join(own.XDG_STATE_HOME, 'vmb'),
    start,
    run,
    async addBuild(name, jobs, files = {}) {
      // An import checks whole builds, and tests put some of their files there afterwards: it comes first, with another one.
      if (!registered) {
        writeBuild(repository, 'nothing', '\n[[job]]\nuse = "create-disk"\ndisk = "main"\nsize = "1MiB"\n', {});
        const imported = await run('import', '--path', repository, '--as', 'test');
        if (imported.exitCode !== 0) throw new Error(imported.stderr);
        rmSync(join(repository, 'nothing'), { recursive: true });
        registered = true;
      }
      writeBuild(repository, name, jobs, files);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function writeBuild(repository: string, name: string, jobs: string, files: Readonly<Record<string, string>>): void {
  const head = `name = "${name}"\nversion = "1"\narch = "x86_64"\nsummary = "A test"\nepoch = 2026-01-01T00:00:00Z\n`;
  for (const [path, text] of Object.entries({ ...files, 'build.toml': head + jobs })) {
    const place = join(repository, name, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
}

function eventsOf(stdout: string): Event[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The jobs that make a blank GPT disk "main" with one ext4 volume. */
export function ext4Disk(size: string): string {
  return `
[[job]]
use = "create-disk"
disk = "main"
size = "${size}"

[[job]]
use = "label"
disk = "main"
type = "gpt"

[[job]]
use = "partition"
disk = "main"
type = "linux"
size = "rest"

[[job]]
use = "format"
volume = "main:1"
type = "ext4"
`;
}
