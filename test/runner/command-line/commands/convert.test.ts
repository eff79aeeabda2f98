// `vmb convert`, and a build.xml that is imported as it is: both plan the same.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registry } from '../../../../runner/registry.ts';
import { sample, sampleFiles } from '../../build-file/vm-builder/sample.ts';
import { type Bench, makeBench } from '../run-vmb.ts';
import { placeSampleBuildVm } from '../sample-build-vm.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await makeBench();
});
afterEach(() => bench.remove());

const vmb = (...argv: string[]) => bench.vmbIn({ registry }, ...argv);

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(bench.folder, path)), { recursive: true });
  await writeFile(join(bench.folder, path), text);
}

test('what is printed plans as the XML does, step by step with the same fingerprints', async () => {
  await placeSampleBuildVm(bench.context.folders.cache);
  for (const [path, text] of Object.entries(sampleFiles)) {
    await write(`xml/busybox/${path}`, text);
    await write(`toml/busybox/${path}`, text);
  }
  await write('xml/busybox/build.xml', sample);
  const converted = await vmb('convert', 'xml/busybox/build.xml');
  expect([converted.exitCode, converted.stderr]).toEqual([0, '']);
  await write('toml/busybox/build.toml', converted.stdout);
  expect(await vmb('import', '--path', 'xml')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await vmb('import', '--path', 'toml')).toMatchObject({ exitCode: 0, stderr: '' });
  const plans = await Promise.all(
    ['xml', 'toml'].map(async (repo) => {
      const { stdout, stderr } = await vmb('plan', '--repo', repo, '--name', 'linux-busybox', '--json');
      expect(stderr).toBe('');
      const { stages } = JSON.parse(stdout);
      const steps = stages.flatMap((stage: { steps: object[] }) => stage.steps);
      return steps.map(({ title, fingerprint }: { title: string; fingerprint: string }) => [title, fingerprint]);
    }),
  );
  expect(plans[0]?.length).toBeGreaterThan(15);
  expect(plans[0]).toEqual(plans[1]);
  const listed = await vmb('list');
  expect(listed.stdout).toContain('linux-busybox, from a build.xml of vm-builder');
});

test('what cannot be carried over is told with its place, and nothing is printed', async () => {
  await write(
    'build.xml',
    `<build>
  <source-vm name="base" version="1"/>
  <target-vm arch="x86_64" name="x" version="1" hash="abcd"/>
  <jobs><creat-disk size="1G"/><run user="root">true</run></jobs>
</build>
`,
  );
  expect(await vmb('convert', 'build.xml')).toMatchInlineSnapshot(`
    {
      "exitCode": 2,
      "stderr": "build.xml:3:49: target-vm: hash: this digest cannot come true, because the image that vmb builds has other bytes than that of vm-builder, because other programs make it; leave it empty; the record of a build names the digest
    build.xml:4:9: jobs: vmb has no job for <creat-disk> (did you mean "create-disk"?); use one of: copy-in, copy-out, create-disk, dd, diff, export, fetch, format, hash, label, partition, remove, resize-disk, run, tar-in, tar-out
    build.xml:4:37: run: user: vmb has nothing for the attribute "user"; use one of: command, cmd, script, vm, in
    ",
      "stdout": "",
    }
  `);
  expect(await vmb('convert', 'build.toml')).toMatchInlineSnapshot(`
    {
      "exitCode": 2,
      "stderr": "vmb convert: "build.toml" is no build.xml; name one.
    ",
      "stdout": "",
    }
  `);
  expect(await vmb('convert', 'nothing.xml')).toMatchInlineSnapshot(`
    {
      "exitCode": 2,
      "stderr": "nothing.xml:1:1: there is no such file; write it, or name another one
    ",
      "stdout": "",
    }
  `);
});
