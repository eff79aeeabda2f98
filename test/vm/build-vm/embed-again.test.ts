// A changed guest script is embedded into the compiled kernel again: seconds, no compilation; the same scripts give the same bytes.
// Works in the machine's ordinary cache, where the compiled kernel is.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BuildVm } from '../../../build-vm/make/build-vm.ts';
import { cacheLayout } from '../../../build-vm/make/cache-layout.ts';
import { makeBuildVm } from '../../../build-vm/make/make-build-vm.ts';
import { checkoutSources, type Sources, sourceDigest } from '../../../build-vm/make/sources.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { cachedBuildVm, cacheFolder } from './cached-build-vm.ts';

const original = cachedBuildVm('x86_64');
const linking = 'Linking the kernel with the initramfs (about 10 seconds).';
let folder = '';
let sources: Sources;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-embed-'));
  const guestFolder = join(folder, 'guest');
  await cp(checkoutSources().guestFolder, guestFolder, { recursive: true });
  await writeFile(join(guestFolder, 'extra'), '#!/bin/sh\n# only for this test\n');
  sources = { ...checkoutSources(), guestFolder };
});
afterAll(async () => {
  await rm(pointer(), { force: true });
  await rm(folder, { recursive: true });
});

const pointer = () => cacheLayout(cacheFolder).bySource('x86_64', sourceDigest(sources, 'x86_64'));

async function make() {
  const lines: string[] = [];
  const report = (line: string) => void lines.push(line);
  const buildVm = await makeBuildVm({ cacheFolder, arch: 'x86_64', commands: localCommands, report, sources });
  return { buildVm, lines };
}

let first: BuildVm;

test('embedded, not compiled; then there is nothing to do', async () => {
  const { buildVm, lines } = await make();
  first = buildVm;
  expect(lines).toEqual([linking]);
  expect(first.manifest.files.vmlinuz).toEqual(original.manifest.files.vmlinuz);
  expect(first.manifest.files.efi.sha256).not.toBe(original.manifest.files.efi.sha256);
  expect(await make()).toEqual({ buildVm: first, lines: [] });
});

test('made again it is the same; two at once: one makes it, the other waits for that', async () => {
  await rm(pointer());
  const [a, b] = await Promise.all([make(), make()]);
  expect(a.buildVm.digest).toBe(first.digest);
  expect(a.buildVm).toEqual(b.buildVm);
  expect([...a.lines, ...b.lines].sort()).toEqual(['Another vmb is making the build-VM; waiting for it.', linking]);
  expect(cachedBuildVm('x86_64')).toEqual(original);
});
