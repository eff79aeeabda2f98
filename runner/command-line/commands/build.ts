// `vmb build`: plans a build and carries it out, showing what happens.
import { resolve } from 'node:path';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { build } from '../../execution/build.ts';
import { quoted } from '../../printable.ts';
import { chooseReport } from '../../report/choose-report.ts';
import type { Report } from '../../report/report.ts';
import { RunnerError } from '../../runner-error.ts';
import { sweepWorkFolders } from '../../state/sweep.ts';
import type { CommandDefinition, Context, Input } from '../command.ts';
import { failureOf } from '../failure.ts';
import { hostOption, readHost, requireRemote } from '../host-option.ts';
import { type LoadedPlan, loadPlan } from '../load-plan.ts';
import { chooseVmm } from '../probe-adapters.ts';
import { selectionOptions, sessionOption } from '../selection.ts';
import { findDefinition, readBootWay, readVmmOptions, vmmOptions } from '../vmm-option.ts';

export const command: CommandDefinition = {
  name: 'build',
  summary: 'Build disk images and EFI programs',
  options: [
    ...selectionOptions,
    ...vmmOptions,
    hostOption,
    sessionOption,
    {
      flags: '--boot <way>',
      summary: 'start the build-VM by kernel, bios or uefi; the quickest by default, the result is the same',
    },
    {
      flags: '--most-disks <number>',
      summary: 'attach no more disks to a VM, at least 2; they are packed, the result is the same',
    },
    { flags: '--out <folder>', summary: 'where the artifacts go; by default out/NAME' },
    { flags: '--no-cache', summary: 'use nothing of earlier builds (nothing is, in this version)' },
    { flags: '--keep', summary: 'keep the disks of a session that fails, until `vmb clean`' },
    { flags: '--verbose', summary: 'print the VMM’s command lines, in a form to paste' },
    { flags: '--json', summary: 'print one event a line' },
  ],
  details: ['`vmb list` tells what there is to build, `vmb plan` what a build would do.'],
  async run(input, context) {
    const begun = performance.now();
    const report = await chooseReport(context.stdout, context.environment, {
      json: input.flag('json'),
      verbose: input.flag('verbose'),
    });
    try {
      await sweepWorkFolders(context.folders.state, context.registry.findAdapter);
      await carryOut(await loadPlan(input, context), input, context, report);
    } catch (error) {
      const { code, exitCode, text: message } = failureOf(error, context.signal);
      report.take({ type: 'build-failed', durationMs: Math.round(performance.now() - begun), code, exitCode, message });
      throw error;
    } finally {
      await report.finish();
    }
    return 0;
  },
};

async function carryOut({ plan, buildVm }: LoadedPlan, input: Input, context: Context, report: Report): Promise<void> {
  const vmm = input.text('vmm') ?? (await chooseVmm(context));
  const definition = await findDefinition(vmm, context.registry);
  const host = readHost(input);
  requireRemote(definition, host);
  const options = {
    outFolder: resolve(context.cwd, input.text('out') ?? `out/${plan.buildFile.name}`),
    vmm,
    host,
    vmmOptions: readVmmOptions(definition, input.texts('vmm-option')),
    boot: readBootWay(input.text('boot')),
    mostDisks: readMostDisks(input.text('most-disks')),
    keep: input.flag('keep'),
  };
  await build(plan, options, {
    folders: context.folders,
    registry: context.registry,
    commands: localCommands,
    buildVm,
    vmbVersion: context.version,
    emit: report.take,
    signal: context.signal,
  });
}

/** @throws RunnerError `usage` */
function readMostDisks(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^[0-9]{1,3}$/.test(text) && number >= 2) return number;
  throw new RunnerError('usage', `--most-disks: ${quoted(text)} is no number of disks; write 2 or more.`);
}
