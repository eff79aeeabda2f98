// `vmb build`: which VMM is used when nobody names one, and what a VMM cannot do is refused before anything boots.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Registry, registry } from '../../../../runner/registry.ts';
import { listWorkFolders } from '../../../../runner/state/work-folder.ts';
import type { AdapterDefinition, Probe } from '../../../../vmm-adapters/lib/adapter.ts';
import { type Bench, makeBench } from '../run-vmb.ts';
import { placeSampleBuildVm } from '../sample-build-vm.ts';
import { resetScript, script, scriptedAdapter } from '../scripted-adapter.ts';

let bench: Bench;

beforeEach(async () => {
  resetScript();
  script.console = [];
  script.exit = { reason: 'reset', detail: '' };
  bench = await makeBench();
  await placeSampleBuildVm(bench.context.folders.cache);
  await addBuild('hello', '\n[[job]]\nuse = "run"\ncommand = "true"\n');
});

afterEach(async () => {
  expect(await listWorkFolders(bench.context.folders.state)).toEqual([]);
  await bench.remove();
});

async function addBuild(name: string, rest: string): Promise<void> {
  await mkdir(join(bench.folder, 'images', name), { recursive: true });
  const head = `name = "${name}"\nversion = "1"\narch = "x86_64"\nsummary = "Says hello"\n`;
  await writeFile(join(bench.folder, 'images', name, 'build.toml'), head + rest);
}

const missing: Probe = { usable: false, reason: 'it is not installed.', remedy: 'Install it.' };

function unusable(name: string, preference: number | undefined): AdapterDefinition {
  const open = (context: Parameters<AdapterDefinition['open']>[0]) => ({
    ...scriptedAdapter.open(context),
    probe: async () => missing,
  });
  return { ...scriptedAdapter, name, preference, options: {}, open };
}

function registryWith(...adapters: readonly AdapterDefinition[]): Registry {
  return {
    ...registry,
    adapterNames: async () => adapters.map(({ name }) => name),
    findAdapter: async (name) => adapters.find((adapter) => adapter.name === name),
  };
}

const slow = { ...scriptedAdapter, preference: 9, shortcomings: 'about 3 times slower, and no 64-bit programs.' };
const build = (adapters: readonly AdapterDefinition[], name: string, ...options: string[]) =>
  bench.vmbIn({ registry: registryWith(...adapters) }, 'build', '--repo', 'images', '--name', name, ...options);

test('the best VMM that is usable, with one line that says why no better one and what that means', async () => {
  const { stdout } = await build([slow, unusable('named', undefined), unusable('best', 1)], 'hello');
  expect(stdout.split('\n').slice(0, 3)).toMatchInlineSnapshot(`
    [
      "Note: scripted is used, because best cannot be used here: it is not installed. Install it. With scripted: about 3 times slower, and no 64-bit programs.",
      "Building hello 1 (x86_64) of images: 1 step in 1 session, with build-VM 52ac5f86ed8f",
      "VMM: scripted 1.0, it only reads from a script",
    ]
  `);
});

test('nothing is said when the best one is used', async () => {
  const { stdout } = await build([unusable('other', 10), slow], 'hello');
  expect(stdout).toMatch(/^Building hello/);
});

test('nothing usable: every reason, the best first', async () => {
  const { exitCode, stderr } = await build(
    [unusable('other', 2), unusable('named', undefined), unusable('best', 1)],
    'hello',
  );
  expect(exitCode).toBe(69);
  expect(stderr).toMatchInlineSnapshot(`
    "No VMM can be used here:
      best cannot be used here: it is not installed. Install it.
      other cannot be used here: it is not installed. Install it.
    "
  `);
});

test('a VMM that was named is never replaced', async () => {
  const { exitCode, stdout, stderr } = await build([slow, unusable('best', 1)], 'hello', '--vmm', 'best');
  expect([exitCode, stdout, stderr]).toEqual([69, '', 'best cannot be used here: it is not installed. Install it.\n']);
});

test('an option chooses among VMMs, too', async () => {
  const { stdout } = await build([unusable('best', 1), slow], 'hello', '--vmm-option', 'machine=large', '--verbose');
  expect(stdout).toContain(`scripted --options '{"machine":"large"}'`);
  const { exitCode, stderr } = await build([unusable('best', 1), slow], 'hello', '--vmm-option', 'colour=red');
  expect([exitCode, stderr]).toMatchInlineSnapshot(`
    [
      2,
      "--vmm-option "colour=red": best has no option "colour"; it has: .
    ",
    ]
  `);
});

test('options behind a VMM, and those that are for it alone', async () => {
  const vmm = 'scripted:machine=large:boot=uefi:cpus=3:build-vm-arch=x86_64:most-disks=2';
  const { stdout } = await build([slow], 'hello', '--verbose', '--vmm', vmm);
  expect(stdout).toContain(`scripted --options '{"machine":"large"}'`);
  expect(script.calls.filter((call) => call.startsWith('boot'))[0]).toBe(
    'boot {"kind":"firmware","firmware":"uefi"} 536870912',
  );
});

test.each([
  'scripted:boot=floppy',
  'scripted:cpus=0',
  'scripted:most-disks=1',
  'scripted:build-vm-arch=arm',
  'scripted:colour=red',
  'scriptde',
  'scripted,',
])('--vmm %s', async (vmm) => {
  const { exitCode, stderr } = await build([slow], 'hello', '--vmm', vmm);
  expect(exitCode).toBe(2);
  expect(stderr).toMatchSnapshot();
});

test('too much memory is refused, too many processors are not', async () => {
  await addBuild('large', '[machine]\nmemory = "65GiB"\n\n[[job]]\nuse = "run"\ncommand = "true"\n');
  const refused = await build([slow], 'large');
  expect([refused.exitCode, refused.stderr]).toMatchInlineSnapshot(`
    [
      69,
      "/bench/images/large/build.toml: machine.memory: 65 GiB is more than scripted can give a machine, which is 64 GiB; write less, or take another VMM (--vmm).
    ",
    ]
  `);
  await addBuild('many', '[machine]\ncpus = 9\n\n[[job]]\nuse = "run"\ncommand = "true"\n');
  const { stdout } = await build([slow], 'many');
  expect(stdout.split('\n')[2]).toMatchInlineSnapshot(
    `"Note: scripted gives a machine 8 of the 9 processors that it should have: slower, with the same result."`,
  );
  expect(script.calls.some((call) => call.startsWith('boot'))).toBe(true);
});

test('64-bit programs on a VMM that runs 32-bit systems only', async () => {
  await placeSampleBuildVm(bench.context.folders.cache, { arch: 'i686' });
  const disk = '\n[[job]]\nuse = "create-disk"\ndisk = "main"\nsize = "8MiB"\n';
  const format = '\n[[job]]\nuse = "format"\nvolume = "main"\ntype = "ext4"\n';
  await addBuild('chroot', `${disk}${format}\n[[job]]\nuse = "run"\nchroot = "main"\ncommand = "true"\n`);
  if (script.probe.usable) {
    const { capabilities } = script.probe;
    script.probe = { ...script.probe, capabilities: { ...capabilities, architectures: ['i686'] } };
  }
  const { exitCode, stderr } = await build([slow], 'chroot');
  expect([exitCode, stderr]).toMatchInlineSnapshot(`
    [
      69,
      "/bench/images/chroot/build.toml:18:10: step 3 (run true in main) runs x86_64 programs, which the build-VM for i686 cannot; scripted has no other, so take another VMM (--vmm; \`vmb doctor\` lists them).
    ",
    ]
  `);
  const named = await build([slow], 'hello', '--build-vm-arch', 'x86_64');
  expect([named.exitCode, named.stderr]).toMatchInlineSnapshot(`
    [
      69,
      "--build-vm-arch: scripted runs no build-VM for x86_64 here; it runs: i686.
    ",
    ]
  `);
  expect(script.calls.filter((call) => call.startsWith('boot'))).toEqual([]);
});

test('a clock behind January 2038 on a VMM that runs 32-bit systems only', async () => {
  await placeSampleBuildVm(bench.context.folders.cache, { arch: 'i686' });
  await addBuild('last', 'epoch = 2038-01-19T02:14:07Z\n\n[[job]]\nuse = "run"\ncommand = "true"\n');
  await addBuild('late', 'epoch = 2038-01-19T02:14:08Z\n\n[[job]]\nuse = "run"\ncommand = "true"\n');
  if (!script.probe.usable) throw new Error('the script is broken');
  const { capabilities } = script.probe;
  script.probe = { ...script.probe, capabilities: { ...capabilities, architectures: ['i686'] } };
  const { exitCode, stderr } = await build([slow], 'late');
  expect([exitCode, stderr]).toMatchInlineSnapshot(`
    [
      69,
      "/bench/images/late/build.toml: epoch: the clock of the last step could pass January 2038, where the programs of the build-VM for i686 stop counting, those of the one for x86_64 do not; scripted has no other, so take another VMM (--vmm; \`vmb doctor\` lists them), or choose an earlier epoch.
    ",
    ]
  `);
  expect(script.calls.filter((call) => call.startsWith('boot'))).toEqual([]);
  await build([slow], 'last');
  expect(script.calls.some((call) => call.startsWith('boot'))).toBe(true);
});

test('the build-VM for x86_64 where the VMM runs both, else that for i686', async () => {
  const i686 = await placeSampleBuildVm(bench.context.folders.cache, { arch: 'i686' });
  const x86 = await placeSampleBuildVm(bench.context.folders.cache, { arch: 'x86_64' });
  const buildVmOf = async (...options: string[]) => {
    const { stdout } = await build([slow], 'hello', '--json', ...options);
    return JSON.parse(stdout.split('\n')[0] ?? '').buildVm;
  };
  if (!script.probe.usable) throw new Error('the script is broken');
  const { capabilities } = script.probe;
  script.probe = { ...script.probe, capabilities: { ...capabilities, architectures: ['x86_64', 'i686'] } };
  expect(await buildVmOf()).toBe(x86);
  expect(await buildVmOf('--build-vm-arch', 'i686')).toBe(i686);
  script.probe = { ...script.probe, capabilities: { ...capabilities, architectures: ['i686'] } };
  expect(await buildVmOf()).toBe(i686);
  const plan = async (...options: string[]) =>
    JSON.parse((await bench.vmb('plan', '--repo', 'images', '--name', 'hello', '--json', ...options)).stdout).buildVm;
  expect([await plan(), await plan('--build-vm-arch', 'i686')]).toEqual([x86, i686]);
});
