// `vmb build`: plans a build and carries it out, showing what happens.
import { resolve } from 'node:path';
import { build } from '../../execution/build.ts';
import type { OpenVmm } from '../../execution/vmm.ts';
import type { PlanDraft } from '../../plan/make-plan.ts';
import { chooseReport } from '../../report/choose-report.ts';
import type { Report } from '../../report/report.ts';
import { sweepWorkFolders } from '../../state/sweep.ts';
import type { CommandDefinition, Context, Input } from '../command.ts';
import { failureOf } from '../failure.ts';
import { hostOption } from '../host-option.ts';
import { chooseBuildVm, loadDraft, planFor } from '../load-plan.ts';
import { withVmms } from '../open-vmms.ts';
import { selectionOptions, sessionOption } from '../selection.ts';
import { buildVmArchOption, requireArch } from '../vmm-choice.ts';
import { vmmOptions } from '../vmm-option.ts';

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
    buildVmArchOption,
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
      const draft = await loadDraft(input, context);
      await withVmms(input, context, report.take, (vmms) => carryOut(draft, vmms, input, context, report));
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

async function carryOut(
  draft: PlanDraft,
  vmms: readonly OpenVmm[],
  input: Input,
  context: Context,
  report: Report,
): Promise<void> {
  const options = {
    outFolder: resolve(context.cwd, input.text('out') ?? `out/${draft.buildFile.name}`),
    keep: input.flag('keep'),
  };
  for (const vmm of vmms) {
    const buildVm = chooseBuildVm(requireArch(vmm), vmm.facts.capabilities.architectures, context);
    const plan = planFor(draft, buildVm, input, context);
    const { folders, version, signal } = context;
    await build(plan, options, { folders, buildVm, vmbVersion: version, emit: report.take, signal }, vmm);
  }
}
