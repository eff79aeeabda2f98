// `vmb conformance`: certifies that a VMM keeps the border's promises.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findBuildVm } from '../../../build-vm/make/find-build-vm.ts';
import type { AdapterDefinition } from '../../../vmm-adapters/lib/adapter.ts';
import { allCases } from '../../conformance/all-cases.ts';
import type { Bench, BuildVmUnderTest } from '../../conformance/bench.ts';
import type { ConformanceCase } from '../../conformance/case.ts';
import { openBench } from '../../conformance/open-bench.ts';
import { caseLines, headLine, jsonReport, totalLine } from '../../conformance/report.ts';
import { type CaseResult, runKit } from '../../conformance/run-kit.ts';
import { printable, printableLines, quoted } from '../../printable.ts';
import { exitCodes, RunnerError } from '../../runner-error.ts';
import { sweepWorkFolders } from '../../state/sweep.ts';
import { openWorkFolder, type WorkFolder } from '../../state/work-folder.ts';
import { readBootImage } from '../boot-image.ts';
import type { CommandDefinition, Context, Input } from '../command.ts';
import { hostOption, readHost, requireRemote } from '../host-option.ts';
import { openAdapter } from '../open-adapter.ts';
import { requireBuildVm } from '../require-build-vm.ts';
import { findDefinition, readBootWay, readVmmOptions } from '../vmm-option.ts';

export const command: CommandDefinition = {
  name: 'conformance',
  summary: 'Certify that a VMM keeps the border’s promises',
  arguments: [{ name: '<vmm>', summary: 'the VMM, as `vmb doctor` names it' }],
  options: [
    {
      flags: '--vmm-option <name=value>',
      summary: 'set an option of the VMM’s adapter (see vmb doctor)',
      repeatable: true,
    },
    hostOption,
    { flags: '--boot <way>', summary: 'start machines by kernel, bios or uefi; the quickest by default' },
    { flags: '--build-vm <file>', summary: 'another build-VM: an EFI kernel with its initramfs, or a system disk' },
    { flags: '--only <numbers>', summary: 'only these cases, such as 7,12 or 8-15' },
    { flags: '--list', summary: 'only tell what the cases are' },
    { flags: '--json', summary: 'print one JSON document; progress goes to standard error' },
    { flags: '--out <file>', summary: 'write the JSON document to a file, too' },
  ],
  details: [
    'Exit codes: 0 all cases passed or do not apply, 3 some failed, 69 the VMM or the build-VM cannot be used.',
    'docs/porting.md tells how to add a VMM with it.',
  ],
  async run(input, context) {
    const cases = chooseCases(input.text('only'));
    if (input.flag('list')) return list(cases, context);
    const definition = await findDefinition(input.argument(0) ?? '', context.registry);
    const options = readVmmOptions(definition, input.texts('vmm-option'));
    await sweepWorkFolders(context.folders.state, context.registry.findAdapter);
    const work = await openWorkFolder(context.folders.state);
    try {
      const bench = await benchFor(definition, options, work, input, context);
      try {
        return await certify(bench, options, cases, input, context);
      } finally {
        await bench.close();
      }
    } finally {
      await work.remove();
    }
  },
};

function list(cases: readonly ConformanceCase[], context: Context): number {
  for (const { number, name, promise } of cases) {
    context.stdout.write(`${String(number).padStart(2)}  ${name}: ${promise}\n`);
  }
  return 0;
}

/** The exit code. */
async function certify(
  bench: Bench,
  options: Readonly<Record<string, string>>,
  cases: readonly ConformanceCase[],
  input: Input,
  context: Context,
): Promise<number> {
  const results = await runAll(bench, cases, input, context);
  const document = jsonReport(bench, options, results);
  if (input.flag('json')) context.stdout.write(document);
  const out = input.text('out');
  if (out !== undefined) await writeFile(resolve(context.cwd, out), document);
  return results.some(({ finding }) => finding.kind === 'failed') ? exitCodes['comparison-failed'] : 0;
}

async function runAll(
  bench: Bench,
  cases: readonly ConformanceCase[],
  input: Input,
  context: Context,
): Promise<readonly CaseResult[]> {
  const progress = input.flag('json') ? context.stderr : context.stdout;
  progress.write(`${printable(headLine(bench))}\n`);
  const results: CaseResult[] = [];
  for await (const result of runKit(bench, cases)) {
    results.push(result);
    progress.write(`${printableLines(caseLines(result).join('\n'))}\n`);
  }
  progress.write(`${totalLine(results)}\n`);
  return results;
}

function benchFor(
  definition: AdapterDefinition,
  options: Readonly<Record<string, string>>,
  work: WorkFolder,
  input: Input,
  context: Context,
): Promise<Bench> {
  const boot = input.text('boot');
  const host = readHost(input);
  requireRemote(definition, host);
  return openBench({
    definition,
    work,
    signal: context.signal,
    bootWay: readBootWay(boot),
    async openAdapter(name) {
      const workFolder = await work.forAdapter(name);
      const own: WorkFolder = { ...work, forAdapter: () => work.forAdapter(name) };
      return { adapter: await openAdapter(definition, own, options, context, host), workFolder };
    },
    findBuildVm: (architectures) => buildVmFor(architectures, input, context),
    vmb: {
      program: context.program,
      options: [
        ...['--vmm', definition.name],
        ...input.texts('vmm-option').flatMap((option) => ['--vmm-option', option]),
        ...(boot === undefined ? [] : ['--boot', boot]),
        ...(input.text('host') === undefined ? [] : ['--host', input.text('host') ?? '']),
      ],
      cacheFolder: context.folders.cache,
    },
  });
}

async function buildVmFor(
  architectures: readonly BuildVmUnderTest['arch'][],
  input: Input,
  context: Context,
): Promise<BuildVmUnderTest> {
  const [first = 'x86_64'] = architectures;
  const file = input.text('build-vm');
  if (file !== undefined) return buildVmInFile(resolve(context.cwd, file), first);
  const arch =
    architectures.find(
      (name) => name === 'x86_64' && findBuildVm({ cacheFolder: context.folders.cache, arch: name }),
    ) ?? first;
  const { files, digest } = requireBuildVm(context, arch);
  const { sizeBytes } = await readBootImage(files.systemDisk);
  return { arch, name: digest, kernelPath: files.efi, systemDisk: { path: files.systemDisk, sizeBytes } };
}

/** By its first bytes: a program that firmware and VMMs start, or a disk. */
async function buildVmInFile(path: string, arch: BuildVmUnderTest['arch']): Promise<BuildVmUnderTest> {
  const { kind, sizeBytes } = await readBootImage(path);
  if (kind === 'efi-program') return { arch, name: path, kernelPath: path, systemDisk: undefined };
  return { arch, name: path, kernelPath: undefined, systemDisk: { path, sizeBytes } };
}

/** @throws RunnerError `usage` */
function chooseCases(only: string | undefined): readonly ConformanceCase[] {
  if (only === undefined) return allCases;
  const wanted = new Set<number>();
  for (const part of only.split(',')) {
    const [, from = '', to = from] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim()) ?? [];
    const numbers = allCases
      .map(({ number }) => number)
      .filter((number) => number >= Number(from) && number <= Number(to));
    if (from === '' || numbers.length === 0) {
      const last = allCases.at(-1)?.number;
      throw new RunnerError(
        'usage',
        `--only: ${quoted(part)} names no case; use numbers from 1 to ${last}, such as 7,12 or 8-15.`,
      );
    }
    for (const number of numbers) wanted.add(number);
  }
  return allCases.filter(({ number }) => wanted.has(number));
}
