// The program as a process: streams that close, signals, and what it loads for its help.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readlink, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Compiled, compile } from '../compile.ts';

let compiled: Compiled;
let home: string;

beforeAll(async () => {
  compiled = await compile();
  home = await mkdtemp(join(tmpdir(), 'vmb-main-'));
}, 60_000);

afterAll(async () => {
  await compiled.remove();
  await rm(home, { recursive: true });
});

function start(file: string, args: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn(file, args, {
    cwd: home,
    env: { PATH: process.env['PATH'], VMB_HOME: home, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    stdout += bytes;
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    stderr += bytes;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

const main = () => join(compiled.folder, 'runner/main.js');

test('the version and the exit code of wrong use come through', async () => {
  expect(await ended(start(process.execPath, [main(), '--version']))).toEqual({
    code: 0,
    stdout: 'vmb 0.1.0\n',
    stderr: '',
  });
  expect((await ended(start(process.execPath, [main(), 'biuld']))).code).toBe(2);
});

test('the help loads no package at all, which is what keeps it quick', async () => {
  const packagesOf = async (...argv: string[]): Promise<string[]> => {
    const { stderr } = await ended(start(process.execPath, [main(), ...argv], { NODE_DEBUG: 'esm' }));
    const loaded = [...stderr.matchAll(/file:\/\/\S+\.js/g)].map(([url]) => url.replace(/^.*\.vmb-test-[^/]*/, ''));
    expect(loaded.some((url) => url.includes('/runner/command-line/find-command.js'))).toBe(true);
    return loaded.filter((url) => url.includes('/node_modules/'));
  };
  expect(await packagesOf('--help')).toEqual([]);
  expect(await packagesOf('jobs', '--help')).not.toEqual([]);
});

test('a reader that has seen enough is no failure', async () => {
  const { code, stdout, stderr } = await ended(
    start('sh', ['-c', `{ '${process.execPath}' '${main()}' schema; echo "exit code $?" >&2; } | head -c 1`]),
  );
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{', stderr: 'exit code 0\n' });
});

const shell = (script: string) => ended(start('sh', ['-c', script, 'sh', process.execPath, main()]));

test.each(['schema', 'jobs', 'list', '--help', 'build --help', 'doctor --json'])(
  'standard output on a full disk is a failure: %s',
  async (command) => {
    const { code, stderr } = await shell(`"$1" "$2" ${command} > /dev/full`);
    expect(code).not.toBe(0);
    expect(stderr).toContain(
      'standard output: no room is left on its disk, so that a part of it is lost; choose another place.\n',
    );
  },
);

test('a part of the output is not taken for all of it', async () => {
  const disk = join(home, 'small');
  await mkdir(disk);
  const { code, stderr } = await shell(
    `mount -t tmpfs -o size=8k tmpfs '${disk}'; "$1" "$2" schema > '${disk}/schema.json'; code=$?; umount '${disk}'; exit $code`,
  );
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'standard output: no room is left on its disk, so that a part of it is lost; choose another place.\n',
  });
});

test('with nowhere to say anything it ends, and not with success', async () => {
  expect((await shell('"$1" "$2" schema > /dev/full 2>&1')).code).toBe(1);
  expect((await shell('"$1" "$2" biuld 2> /dev/full')).code).toBe(2);
  expect((await shell('"$1" "$2" import --path /nowhere 2> /dev/full')).code).not.toBe(0);
});

test('whatever the umask allows, nobody else writes to what vmb keeps', async () => {
  const builds = join(home, 'builds');
  await mkdir(join(builds, 'one'), { recursive: true });
  const head = 'name = "one"\nversion = "1"\narch = "x86_64"\nsummary = "About"\n';
  await writeFile(
    join(builds, 'one/build.toml'),
    `${head}[[job]]\nuse = "create-disk"\ndisk = "main"\nsize = "1MiB"\n`,
  );
  const { code } = await shell(`umask 000; "$1" "$2" import --path '${builds}' --as open`);
  expect(code).toBe(0);
  const { stdout } = await ended(start('find', [join(home, 'config'), '-perm', '/022']));
  expect(stdout).toBe('');
});

test('too few open files are a sentence', async () => {
  const { code, stderr } = await shell('ulimit -n 40; "$1" "$2" list');
  expect(code).toBe(1);
  expect(stderr).toMatch(/too many open files|too many files are open/);
});

test('what escapes every command is an internal error, with exit code 70', async () => {
  // Thrown from a timer, as soon as the program has said that it wants to know.
  const broken = join(home, 'broken.mjs');
  const thrown = "setTimeout(() => { throw new Error('escaped'); }, 0)";
  await writeFile(
    broken,
    `process.on('newListener', (name) => name === 'uncaughtException' && ${thrown});\nawait import(${JSON.stringify(main())});\n`,
  );
  const { code, stderr } = await ended(start(process.execPath, [broken, 'jobs']));
  expect(code).toBe(70);
  expect(stderr.split('\n').slice(0, 3)).toEqual([
    'Internal error: this is a bug in vmb, not in your build file.',
    'Please report it to whom you have vmb from, with the command line and these lines:',
    'Error: escaped',
  ]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s while the VMM is at work: exit code %i', async (signal, exitCode) => {
  // A stand-in for QEMU that never answers; the adapter asks it for its version first.
  const programs = join(home, `programs-${signal}`);
  await mkdir(programs);
  for (const name of ['qemu-system-x86_64', 'qemu-img']) {
    await writeFile(join(programs, name), `#!/bin/sh\n: >'${home}/asked-${signal}'\nexec sleep 60\n`, { mode: 0o755 });
  }
  await writeFile(join(home, 'disk.img'), Buffer.alloc(1024));
  const child = start(process.execPath, [main(), 'boot', 'disk.img'], { PATH: `${programs}:${process.env['PATH']}` });
  const result = ended(child);
  await expect.poll(() => existsSync(join(home, `asked-${signal}`)), { timeout: 10_000 }).toBe(true);
  child.kill(signal);
  expect(await result).toEqual({
    code: exitCode,
    stdout: '',
    stderr: `Interrupted by ${signal}; nothing is left running.\n`,
  });
});

/** Commands that read what is large, in a folder with a build of such a file. */
const readers: readonly (readonly [string, ...string[]])[] = [
  ['plan', '--repo', 'large', '--name', 'large'],
  ['build', '--repo', 'large', '--name', 'large'],
  ['lock', '--repo', 'large', '--name', 'large'],
  ['list'],
  ['import', '--path', 'large', '--as', 'again'],
  ['import', '--path', 'large', '--as', 'copied', '--copy'],
  ['diff', 'large/large/image', 'large/large/image'],
];

test.each(readers)('Ctrl-C in the middle of a long read: %s %s %s %s %s %s', async (...argv) => {
  const builds = join(home, 'large/large');
  await mkdir(builds, { recursive: true });
  const head = 'name = "large"\nversion = "1"\narch = "x86_64"\nsummary = "About"\n';
  const disk =
    '[[job]]\nuse = "create-disk"\ndisk = "main"\nsize = "1TiB"\n[[job]]\nuse = "format"\nvolume = "main"\ntype = "ext4"\n';
  await writeFile(join(builds, 'build.toml'), head + disk);
  await rm(join(builds, 'image'), { force: true });
  expect((await ended(start(process.execPath, [main(), 'import', '--path', 'large', '--as', 'large']))).code).toBe(0);
  await writeFile(
    join(builds, 'build.toml'),
    `${head}${disk}[[job]]\nuse = "copy-in"\nfrom = "image"\nto = "main:/image"\n`,
  );
  // Nobody reads so much in the time that a test has.
  await writeFile(join(builds, 'image'), '');
  await truncate(join(builds, 'image'), 2 ** 38);
  const child = start(process.execPath, [main(), ...argv]);
  const end = ended(child);
  const reads = async () => {
    const links = await readdir(`/proc/${child.pid}/fd`).catch(() => []);
    const targets = await Promise.all(links.map((fd) => readlink(`/proc/${child.pid}/fd/${fd}`).catch(() => '')));
    return targets.some((target) => target.endsWith('/image'));
  };
  while (child.exitCode === null && !(await reads())) await setTimeout(20);
  child.kill('SIGINT');
  const { code } = await end;
  // By the signal itself, which a shell calls 130, or after something was put in order.
  expect([null, 130]).toContain(code);
  expect([null, 'SIGINT']).toContain(child.signalCode);
  expect(await readdir(join(home, 'state/repositories')).catch(() => [])).toEqual([]);
});
