// Runs cases of the conformance kit in this process, with a VMM of the test's.
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allCases } from '../../../runner/conformance/all-cases.ts';
import type { Finding } from '../../../runner/conformance/case.ts';
import { openBench } from '../../../runner/conformance/open-bench.ts';
import { runKit } from '../../../runner/conformance/run-kit.ts';
import { openWorkFolder } from '../../../runner/state/work-folder.ts';
import type { AdapterDefinition } from '../../../vmm-adapters/lib/adapter.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { cachedBuildVm, cacheFolder } from '../build-vm/cached-build-vm.ts';

/** Findings by number. `program`: the words that start vmb with the same VMM. */
export async function findings(
  definition: AdapterDefinition,
  numbers: readonly number[],
  program: readonly string[],
): Promise<ReadonlyMap<number, Finding>> {
  const { files, digest } = cachedBuildVm('x86_64');
  const home = await mkdtemp(join(tmpdir(), 'vmb-kit-'));
  const stop = new AbortController();
  const work = await openWorkFolder(join(home, 'state'));
  const bench = await openBench({
    definition,
    work,
    signal: stop.signal,
    bootWay: undefined,
    async openAdapter(name) {
      const workFolder = await work.forAdapter(name);
      const trial = { kernelPath: files.efi, systemDiskPath: files.systemDisk, digest };
      return {
        workFolder,
        adapter: definition.open({
          commands: localCommands,
          workFolder,
          cacheFolder: home,
          trial,
          options: { accel: 'tcg' },
        }),
      };
    },
    findBuildVm: async () => ({
      arch: 'x86_64',
      name: digest,
      kernelPath: files.efi,
      systemDisk: { path: files.systemDisk, sizeBytes: statSync(files.systemDisk).size },
    }),
    vmb: { program, options: ['--vmm', 'qemu', '--vmm-option', 'accel=tcg'], cacheFolder },
  });
  const found = new Map<number, Finding>();
  try {
    const cases = allCases.filter(({ number }) => numbers.includes(number));
    for await (const { tried, finding } of runKit(bench, cases)) found.set(tried.number, finding);
    return found;
  } finally {
    stop.abort(new Error('the test has ended'));
    await bench.close();
    await work.remove();
    await rm(home, { recursive: true, force: true });
  }
}
