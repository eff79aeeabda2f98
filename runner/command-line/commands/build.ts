// `vmb build`: plans a build and carries it out, showing what happens.
import { resolve } from 'node:path';
import { compareBuilds, type Side } from '../../comparison/compare-builds.ts';
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
  details: [
    'Several VMMs build one after the other and are compared (exit code 3 when they differ): --vmm qemu,v86. Options stand',
    'behind colons, those of the adapter and boot, build-vm-arch, most-disks, cpus: --vmm qemu,qemu:machine=pc:boot=bios.',
    '`vmb list` tells what there is to build, `vmb plan` what a build would do.',
  ],
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
  const sides = vmms.map((vmm): Side => {
    const buildVm = chooseBuildVm(requireArch(vmm), vmm.facts.capabilities.architectures, context);
    const { folders, version, signal } = context;
    const plan = planFor(draft, buildVm, input, context);
    return { vmm, plan, context: { folders, buildVm, vmbVersion: version, emit: report.take, signal } };
  });
  const [only, ...others] = sides;
  if (only !== undefined && others.length === 0) await build(only.plan, options, only.context, only.vmm);
  else await compareBuilds(sides, options);
}
