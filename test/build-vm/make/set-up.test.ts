// Set-up, the real script in a small checkout: Debian's, npm's and the compiler's programs are stand-ins that write down how
// they are called. It does what is missing, and nothing else.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toolchainPackages } from '../../../build-vm/make/packages.ts';

const own = join(import.meta.dirname, '../../../build-vm/make');
const realTools = ['sh', 'sed', 'tr', 'cmp', 'cp', 'find', 'sort', 'cat', 'mv', 'rm', 'mkdir', 'env'];

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-set-up-'));
  for (const name of ['bin', 'build-vm/make', 'base', 'runner', 'jobs', 'vmm-adapters', 'node_modules/.bin']) {
    await mkdir(join(folder, name), { recursive: true });
  }
  await copyFile(join(own, 'set-up.sh'), join(folder, 'build-vm/make/set-up.sh'));
  await writeFile(
    join(folder, 'build-vm/make/host-packages.list'),
    '# comment\n\n# [kernel] Compiling\nmake   kernel\nxz-utils  source\n\n# [qemu] VMs\nqemu-utils  qemu-img\n# [test] Tests\ncpio  cpio -itv\n',
  );
  for (const name of ['package-lock.json', 'tsconfig.json']) await writeFile(join(folder, name), '{}\n');
  await writeFile(join(folder, 'runner/main.ts'), '');
  await writeFile(join(folder, 'os-release'), 'ID=debian\nVERSION_ID="12"\n');
  for (const name of realTools) {
    await symlink(
      execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(),
      join(folder, 'bin', name),
    );
  }
  await standIn(
    'node',
    'case "$1" in -e|--version) exec "$REAL_NODE" "$@";; esac; echo "node $*" >>calls; case "$*" in *show) [ -e shown ] ;; esac',
  );
  await standIn('npm', 'echo "npm $*" >>calls');
  await standIn('id', 'echo 0');
  await standIn('uname', 'echo x86_64');
  await standIn('apt-get', 'echo "apt-get $*" >>calls');
  await standIn(
    'dpkg-query',
    "printf 'installed=make\\ninstalled=xz-utils\\ninstalled=qemu-utils\\ninstalled=cpio\\nconfig-files=zstd\\n'",
  );
  const tsc = 'echo "tsc $*" >>calls; mkdir -p "$2/runner"; : >"$2/runner/main.js"';
  await standIn('../node_modules/.bin/tsc', tsc);
});
afterEach(() => rm(folder, { recursive: true }));

async function standIn(name: string, script: string): Promise<void> {
  await rm(join(folder, 'bin', name), { force: true });
  await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'bin', name), 0o755);
}

/** Runs set-up; what it said, and which programs it called meanwhile. */
async function setUp(vmm = ''): Promise<{ status: number | null; said: string; calls: string }> {
  const calls = join(folder, 'calls');
  await writeFile(calls, '');
  const env = { PATH: join(folder, 'bin'), REAL_NODE: process.execPath, VMM: vmm };
  const run = spawnSync('/bin/sh', ['build-vm/make/set-up.sh', join(folder, 'os-release')], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status: run.status, said: run.stdout + run.stderr, calls: await readFile(calls, 'utf8') };
}

const making =
  'set-up: making the build-VMs for x86_64 and i686: about 5 minutes each on 2 processors, when their kernels are not in the cache yet\n';
const prepared = 'set-up: installing npm packages\nset-up: compiling TypeScript\n';
const preparing = 'npm ci --ignore-scripts --no-audit --no-fund --loglevel=error\ntsc --outDir dist.new\n';
const show = 'node dist/runner/main.js build-vm show\n';
const make = 'node dist/runner/main.js build-vm make\n';

/** The build-VMs are there, made or loaded. */
const placeBuildVms = () => writeFile(join(folder, 'shown'), '');

test('the first time: npm packages, compile, build-VMs; the second time: only the look at the build-VMs', async () => {
  expect(await setUp()).toEqual({
    status: 0,
    said: `${prepared}${making}set-up: ready\n`,
    calls: `${preparing}${show}${make}`,
  });
  await placeBuildVms();
  expect(await setUp()).toEqual({ status: 0, said: 'set-up: ready\n', calls: `${show}${make}` });
});

test('with loaded build-VMs no compiler is installed', async () => {
  await standIn('dpkg-query', "printf 'installed=qemu-utils\\ninstalled=cpio\\n'");
  await placeBuildVms();
  expect(await setUp()).toEqual({
    status: 0,
    said: `${prepared}set-up: using the build-VMs that are here; the packages that compile others are not installed\nset-up: ready\n`,
    calls: `${preparing}${show}`,
  });
});

test('with VMM=v86 neither QEMU nor what tests need is installed', async () => {
  await standIn('dpkg-query', ':');
  const install = 'apt-get -q -q update\napt-get -q -q --yes install --no-install-recommends make xz-utils\n';
  expect(await setUp('v86')).toEqual({
    status: 0,
    said: `${prepared}set-up: installing Debian packages: make xz-utils\n${making}set-up: ready\n`,
    calls: `${preparing}${show}${install}${show}${make}`,
  });
  await placeBuildVms();
  expect((await setUp('v86')).calls).toBe(show);
});

test('another lock file: npm ci and compile again', async () => {
  await setUp();
  await writeFile(join(folder, 'package-lock.json'), '{"changed": true}\n');
  expect((await setUp()).calls).toContain('npm ci');
});

test('a deleted source does not live on in dist/', async () => {
  await writeFile(join(folder, 'jobs/old.ts'), '');
  await setUp();
  await placeBuildVms();
  await writeFile(join(folder, 'dist/old.js'), 'left behind');
  await rm(join(folder, 'jobs/old.ts'));
  expect((await setUp()).said).toBe('set-up: compiling TypeScript\nset-up: ready\n');
  await expect(readFile(join(folder, 'dist/old.js'))).rejects.toThrow('ENOENT');
});

test('TypeScript that does not compile leaves the old dist/ in place', async () => {
  await setUp();
  await standIn('../node_modules/.bin/tsc', 'echo "main.ts(1,1): error"; exit 1');
  await writeFile(join(folder, 'jobs/new.ts'), 'nonsense');
  expect(await setUp()).toMatchObject({
    status: 1,
    said: 'set-up: compiling TypeScript\nmain.ts(1,1): error\nset-up: the TypeScript does not compile (see above).\n',
  });
  expect(await readFile(join(folder, 'dist/runner/main.js'), 'utf8')).toBe('');
});

test('missing Debian packages, as root', async () => {
  await standIn('dpkg-query', "printf 'installed=make\\ninstalled=cpio\\nconfig-files=xz-utils\\n'");
  const { status, said, calls } = await setUp();
  expect(status).toBe(0);
  expect(said).toContain('set-up: installing Debian packages: xz-utils qemu-utils\n');
  expect(calls).toContain(
    'apt-get -q -q update\napt-get -q -q --yes install --no-install-recommends xz-utils qemu-utils\n',
  );
});

test('missing Debian packages, with sudo', async () => {
  await standIn('dpkg-query', ':');
  await standIn('id', 'echo 1000');
  await standIn('sudo', 'echo "sudo $*" >>calls');
  expect((await setUp()).calls).toContain(
    'sudo apt-get -q -q update\nsudo env DEBIAN_FRONTEND=noninteractive apt-get -q -q --yes install --no-install-recommends make xz-utils qemu-utils cpio\n',
  );
});

test('missing Debian packages, neither root nor sudo: the list, and a failing exit', async () => {
  await standIn('dpkg-query', ':');
  await standIn('id', 'echo 1000');
  expect(await setUp()).toEqual({
    status: 1,
    said: `${prepared}set-up: These Debian packages are missing, and there is neither root nor sudo here. Have them installed, then run this again:\n  apt-get install --no-install-recommends make xz-utils qemu-utils cpio\n`,
    calls: `${preparing}${show}`,
  });
});

test('apt-get fails', async () => {
  await standIn('dpkg-query', ':');
  await standIn('apt-get', 'echo "E: no network" >&2; exit 100');
  expect(await setUp()).toEqual({
    status: 1,
    said: `${prepared}set-up: installing Debian packages: make xz-utils qemu-utils cpio\nE: no network\nset-up: apt-get failed (see above). Install these packages, then run this again:\n  apt-get install --no-install-recommends make xz-utils qemu-utils cpio\n`,
    calls: `${preparing}${show}`,
  });
});

test.each([
  ['fedora', '41', 'x86_64'],
  ['debian', '13', 'x86_64'],
  ['debian', '12', 'aarch64'],
])('%s %s on %s: what works there, and what does not', async (id, version, machine) => {
  await writeFile(join(folder, 'os-release'), `ID=${id}\nVERSION_ID="${version}"\n`);
  await standIn('uname', `echo ${machine}`);
  expect(await setUp()).toEqual({
    status: 0,
    said: `set-up: this is not Debian 12 on x86_64, so build-VMs cannot be compiled here, and "make test" does not run.
set-up: What works: vmb itself, with v86 or a QEMU that you install, and build-VMs made on such a machine:
set-up:   there: vmb build-vm save FILE      here: node dist/runner/main.js build-vm load FILE
set-up: installing npm packages
set-up: compiling TypeScript
set-up: ready
`,
    calls: preparing,
  });
});

test('a Node that is too old', async () => {
  await standIn('node', 'case "$1" in -e) exit 1;; --version) echo v20.18.0;; esac');
  expect(await setUp()).toEqual({
    status: 1,
    said: 'set-up: Node v20.18.0 is too old. Install Node 20.19 or newer.\n',
    calls: '',
  });
});

test('no Node', async () => {
  await rm(join(folder, 'bin/node'));
  expect((await setUp()).said).toBe('set-up: Node is not installed. Install Node 20.19 or newer, with npm.\n');
});

test.each([
  ['20.19.0', true],
  ['20.18.9', false],
  ['18.99.0', false],
  ['22.0.0', true],
  ['100.0.0', true],
])('the test of the version: %s', async (version, isGood) => {
  const script = await readFile(join(own, 'set-up.sh'), 'utf8');
  const program = /node -e '([^']*)'/.exec(script)?.[1] ?? '';
  const pretended = program.replace('process.versions.node', JSON.stringify(version));
  expect(spawnSync(process.execPath, ['-e', pretended]).status).toBe(isGood ? 0 : 1);
});

test('each group of the list of packages has each package once, with a reason, in the tables’ words', async () => {
  const groups = (await readFile(join(own, 'host-packages.list'), 'utf8')).split(/^# \[/m).map((group) =>
    group
      .split('\n')
      .slice(1)
      .filter((line) => /^[^#]/.test(line)),
  );
  for (const group of groups) {
    for (const line of group) expect(line).toMatch(/^[a-z0-9][a-z0-9+.-]+ +\S/);
    const names = group.map((line) => line.split(' ')[0]);
    expect(names).toEqual([...new Set(names)]);
  }
  const names = groups.flat().map((line) => line.split(' ')[0]);
  expect(names).toEqual(expect.arrayContaining([...toolchainPackages]));
});
