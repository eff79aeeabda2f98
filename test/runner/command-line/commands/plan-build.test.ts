// `vmb plan` and `vmb build` up to the point where a VM would boot.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registry } from '../../../../runner/registry.ts';
import { listWorkFolders } from '../../../../runner/state/work-folder.ts';
import { type Bench, makeBench } from '../run-vmb.ts';
import { placeSampleBuildVm } from '../sample-build-vm.ts';
import { resetScript, script } from '../scripted-adapter.ts';

let bench: Bench;

beforeEach(async () => {
  resetScript();
  bench = await makeBench();
  await mkdir(join(bench.folder, 'images/hello'), { recursive: true });
  await writeFile(
    join(bench.folder, 'images/hello/build.toml'),
    `name = "hello"
version = "1"
arch = "x86_64"
summary = "Says hello"

[vars]
greeting = "hello"

[[job]]
use = "run"
id = "greet"
command = "echo \${greeting}"
`,
  );
});

afterEach(async () => {
  expect(await listWorkFolders(bench.context.folders.state)).toEqual([]);
  await bench.remove();
});

const hello = ['--repo', 'images', '--name', 'hello'];

test('without a build-VM: how to come by one', async () => {
  expect(await bench.vmb('plan', ...hello)).toMatchInlineSnapshot(`
    {
      "exitCode": 69,
      "stderr": "There is no build-VM for x86_64 here that belongs to this vmb; make it with \`vmb build-vm make\` (about 5 minutes the first time), or take one from another machine with \`vmb build-vm load FILE\`.
    ",
      "stdout": "",
    }
  `);
});

test('mistakes come before the missing build-VM', async () => {
  const { exitCode, stderr } = await bench.vmb('plan', ...hello, '--var', 'greeting=${');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 69 });
  await writeFile(join(bench.folder, 'images/hello/build.toml'), 'name = "hello"\n');
  expect(await bench.vmb('plan', ...hello)).toMatchObject({ exitCode: 2 });
});

test('the plan as text', async () => {
  const digest = await placeSampleBuildVm(bench.context.folders.cache);
  const { exitCode, stdout } = await bench.vmb('plan', ...hello);
  expect(exitCode).toBe(0);
  expect(stdout.replace(digest, 'BUILD-VM').replaceAll(/[0-9a-f]{64}/g, 'FINGERPRINT')).toMatchInlineSnapshot(`
    "hello 1 (x86_64) of images: Says hello
      build file   images/hello/build.toml
      epoch        2026-01-01T00:00:00Z (default)
      build-VM     BUILD-VM (x86_64)
      machine      memory 512 MiB, cpus 1 (results do not depend on it)

    Session session-1
       1. run  (images/hello/build.toml:9)
          fingerprint  FINGERPRINT

    No artifacts: no step hands anything over. export, copy-out, tar-out, diff, and uki with "as" do.
    "
  `);
});

test('the plan as data; a variable of the command line changes the fingerprint', async () => {
  const digest = await placeSampleBuildVm(bench.context.folders.cache);
  const plan = JSON.parse((await bench.vmb('plan', ...hello, '--json')).stdout);
  expect(plan).toMatchObject({
    schema: 1,
    repository: 'images',
    buildFile: join('/bench', 'images/hello/build.toml'),
    name: 'hello',
    buildVm: digest,
    vars: { greeting: 'hello' },
    stages: [{ kind: 'session', steps: [{ number: 1, kind: 'guest', job: 'run', id: 'greet' }] }],
  });
  const changed = JSON.parse((await bench.vmb('plan', ...hello, '--json', '--var', 'greeting=hi')).stdout);
  const fingerprintOf = (document: typeof plan): string => document.stages[0].steps[0].fingerprint;
  expect(fingerprintOf(plan)).toMatch(/^[0-9a-f]{64}$/);
  expect(fingerprintOf(changed)).not.toBe(fingerprintOf(plan));
});

test('a clock that would pass what a filesystem can count is refused before anything boots', async () => {
  await placeSampleBuildVm(bench.context.folders.cache);
  const disk = '[[job]]\nuse = "create-disk"\ndisk = "main"\nsize = "8MiB"\n';
  const format = '[[job]]\nuse = "format"\nvolume = "main"\ntype = "ext4"\n';
  const run = '[[job]]\nuse = "run"\ncommand = "true"\ntimeout = "1h"\nmount = { "/mnt" = "main" }\n';
  const out = '[[job]]\nuse = "export"\ndisk = "main"\nas = "main.img"\n';
  const head = 'name = "hello"\nversion = "1"\narch = "x86_64"\nsummary = "Says hello"\n';
  const plan = async (epoch: string, jobs: string) => {
    await writeFile(join(bench.folder, 'images/hello/build.toml'), `${head}epoch = ${epoch}\n${jobs}`);
    return bench.vmbIn({ registry }, 'plan', ...hello);
  };
  // format and run have an hour each; export writes no disk, so that its own hour is the last one.
  expect((await plan('2038-01-19T00:14:07Z', disk + format + run + out)).exitCode).toBe(0);
  expect((await plan('2038-01-19T00:14:08Z', disk + format + run + out)).stderr).toMatchInlineSnapshot(`
    "images/hello/build.toml:19:1: job 4 (export): the clock of this step could pass 2038-01-19, where times of ext4 end, because it starts after the time limits of all steps before it; choose an earlier epoch, or give the steps before it a shorter timeout
    "
  `);
  expect((await plan('2106-02-07T04:28:16Z', run.replace(/mount.*/, '').repeat(2))).stderr).toMatchInlineSnapshot(`
    "images/hello/build.toml:11:1: job 2 (run): the clock of this step could pass 2106-02-07, where times in 32 bits end, because it starts after the time limits of all steps before it; choose an earlier epoch, or give the steps before it a shorter timeout
    "
  `);
});

test('a build without a usable VMM', async () => {
  await placeSampleBuildVm(bench.context.folders.cache);
  script.probe = { usable: false, reason: 'it is not installed.', remedy: 'Install it.' };
  const { exitCode, stdout, stderr } = await bench.vmb('build', ...hello, '--json');
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(exitCode).toBe(69);
  expect(stderr).toBe('scripted cannot be used here: it is not installed. Install it.\n');
  expect(events.map(({ type }) => type)).toEqual(['build-failed']);
  expect(events[0]).toMatchObject({ schema: 1, code: 'no-vmm', exitCode: 69, message: stderr.trimEnd() });
});

test('a VM that never comes up is tried twice, and everything is cleaned up', async () => {
  await placeSampleBuildVm(bench.context.folders.cache);
  script.console = ['no agent here\r\n'];
  script.exit = { reason: 'reset', detail: '' };
  const { exitCode, stdout, stderr } = await bench.vmb('build', ...hello, '--verbose');
  expect({ exitCode, stdout: stdout.replaceAll(/[0-9a-f]{12}/g, 'DIGEST'), stderr }).toMatchInlineSnapshot(`
    {
      "exitCode": 1,
      "stderr": "The machine reset itself before the build-VM was ready: its kernel crashed.
    The console showed last:
      no agent here
    ",
      "stdout": "Building hello 1 (x86_64) of images: 1 step in 1 session, with build-VM DIGEST
    VMM: scripted 1.0, it only reads from a script
    session-1: boot the build-VM for step 1
    session-1 runs: scripted --options '{"machine":"small"}' session-1
    Note: session-1: The machine reset itself before the build-VM was ready: its kernel crashed.
    The console showed last:
      no agent here Trying once more.
    ",
    }
  `);
  expect(script.calls.filter((call) => call.startsWith('boot')).length).toBe(2);
});

test('mistakes are an event, too', async () => {
  await writeFile(join(bench.folder, 'images/hello/build.toml'), 'name = "hello"\nversion = 1\n');
  const { exitCode, stdout, stderr } = await bench.vmb('build', ...hello, '--json');
  expect(exitCode).toBe(2);
  const event = JSON.parse(stdout);
  expect(event).toMatchObject({
    schema: 1,
    type: 'build-failed',
    code: 'build-file',
    exitCode: 2,
    message: stderr.trimEnd(),
  });
  expect(stderr).toContain('images/hello/build.toml:2:11: version: 1 is a whole number, but it must be a text');
});

test('a mistake on the command line is an event, too', async () => {
  const { exitCode, stdout, stderr } = await bench.vmb('build', '--json');
  expect([exitCode, JSON.parse(stdout)]).toEqual([
    2,
    { schema: 1, type: 'build-failed', durationMs: 0, code: 'usage', exitCode: 2, message: stderr.trimEnd() },
  ]);
});

test('more jobs than anybody means are refused at once', async () => {
  const head = 'name = "hello"\nversion = "1"\narch = "x86_64"\nsummary = "Says hello"\n';
  const jobs = (count: number) => '[[job]]\nuse="run"\n'.repeat(count);
  const refusal = async (text: string) => {
    await writeFile(join(bench.folder, 'images/hello/build.toml'), head + text);
    return (await bench.vmb('plan', ...hello)).stderr;
  };
  const letters = JSON.stringify([...'abcdefghijklmnop']);
  expect(await refusal(`[matrix]\na = ${letters}\nb = ${letters}\n${jobs(5_000)}`)).toMatchInlineSnapshot(`
    "images/hello/build.toml:5:1: matrix: 256 images of 5000 jobs each are 1280000 in all, but 100000 are the most; divide it into several builds
    "
  `);
  expect(await refusal(jobs(12_000))).toMatchInlineSnapshot(`
    "images/hello/build.toml:5:1: job: this build file has 12000 jobs, but 10000 are the most; divide it into several builds
    "
  `);
});

test('mistakes of reading and of planning come together, and one mistake is told once', async () => {
  await placeSampleBuildVm(bench.context.folders.cache);
  await writeFile(
    join(bench.folder, 'images/hello/build.toml'),
    `name = "hello"
version = "1"
arch = "x86_64"

[[job]]
use = "create-disk"
disk = "main"
size = "64MB"

[[job]]
use = "create-disk"
disk = "data"
sise = "64MiB"

[[job]]
use = "format"
volume = "data"
type = "ext4"

[[job]]
use = "label"
disk = "mian"
type = "gpt"

[[job]]
use = "export"
disk = "data"
as = "data.img"
`,
  );
  const { exitCode, stderr } = await bench.vmbIn({ registry }, 'plan', ...hello);
  expect(exitCode).toBe(2);
  expect(stderr).toMatchInlineSnapshot(`
    "images/hello/build.toml:1:1: the option "summary" is missing (What the build makes, in one line); add it, for example: summary = "A disk with a greeting"
    images/hello/build.toml:8:8: job 1 (create-disk): size: "64MB" is no size, because a size is a number with KiB, MiB, GiB or TiB; write "64MiB"
    images/hello/build.toml:13:1: job 2 (create-disk): there is no option "sise" here (did you mean "size"?); use one of: disk, size
    images/hello/build.toml:22:8: job 4 (label): disk: there is no disk "mian" here, because no step before this one creates it; put a create-disk before it
    "
  `);
});
