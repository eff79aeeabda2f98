// `vmb build`: plans a build and carries it out, showing what happens.
import { resolve } from 'node:path';
import { compareBuilds, type Side } from '../../comparison/compare-builds.ts';
import { build } from '../../execution/build.ts';
import type { OutputPlace } from '../../execution/output-folder.ts';
import type { PlanDraft } from '../../plan/plan-draft.ts';
import { chooseReport } from '../../report/choose-report.ts';
import type { Report } from '../../report/report.ts';
import { sweepWorkFolders } from '../../state/sweep.ts';
import { chooseVariants, onlyOption } from '../choose-variants.ts';
import type { CommandDefinition, Context, Input } from '../command.ts';
import { failureOf } from '../failure.ts';
import { hostOption } from '../host-option.ts';
import { chooseBuildVm, loadDrafts, planFor } from '../load-plan.ts';
import { withVmms } from '../open-vmms.ts';
import { selectionOptions, sessionOption } from '../selection.ts';
import { provideSource } from '../source-builds.ts';
import { buildVmArchOption, requireArch } from '../vmm-choice.ts';
import { vmmOptions } from '../vmm-option.ts';

export const command: CommandDefinition = {
  name: 'build',
  summary: 'Build disk images and EFI programs',
  options: [
    ...selectionOptions,
    onlyOption,
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
    { flags: '--out <folder>', summary: 'where the artifacts go; by default out/NAME, or out/NAME-VERSION-ARCH' },
    { flags: '--no-cache', summary: 'use nothing of earlier builds (nothing is, in this version)' },
    { flags: '--offline', summary: 'fetch nothing: every input must have been fetched or loaded before' },
    { flags: '--keep', summary: 'keep the disks of a session that fails, until `vmb clean`' },
    { flags: '--verbose', summary: 'print the VMM’s command lines, in a form to paste' },
    { flags: '--json', summary: 'print one event a line' },
  ],
  details: [
    'Several VMMs build one after the other and are compared (exit code 3 when they differ): --vmm qemu,v86. Options stand',
    'behind colons, those of the adapter and boot, build-vm-arch, most-disks, cpus: --vmm qemu,qemu:machine=pc:boot=bios.',
    'Of a matrix all images are built, or those that --only names; a build with a source builds that first where it has to.',
    '`vmb list` tells what there is to build, `vmb plan` what a build would do.',
    '  vmb build --repo mine --name web --only flavour=small',
  ],
  async run(input, context) {
    const begun = performance.now();
    const report = await chooseReport(context.stdout, context.environment, {
      json: input.flag('json'),
      verbose: input.flag('verbose'),
    });
    try {
      await sweepWorkFolders(context.folders.state, context.registry.findAdapter);
      const { drafts, outName } = await loadDrafts(input, context);
      const named = input.text('out');
      const out: OutputPlace =
        named === undefined
          ? { path: resolve(context.cwd, `out/${outName}`), below: context.cwd }
          : { path: resolve(context.cwd, named), below: undefined };
      const chosen = chooseVariants(drafts, input.texts('only'));
      for (const draft of chosen) await buildDraft(draft, out, { input, context, report });
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

interface Around {
  readonly input: Input;
  readonly context: Context;
  readonly report: Report;
}

/** Its source first, where that is needed; on several VMMs all but the first would only make the same once more. */
async function buildDraft(draft: PlanDraft, out: OutputPlace, around: Around, isSource = false): Promise<void> {
  const { input, context, report } = around;
  const say = (text: string) => report.take({ type: 'note', text });
  const source = await provideSource(draft, context, say, (one, path) =>
    buildDraft(one, { path, below: undefined }, around, true),
  );
  await withVmms(input, context, report.take, async (vmms) => {
    const options = { out, keep: input.flag('keep'), offline: input.flag('offline') };
    const sides = vmms.slice(0, isSource ? 1 : vmms.length).map((vmm): Side => {
      const buildVm = chooseBuildVm(requireArch(vmm), vmm.facts.capabilities.architectures, context);
      const { folders, environment, version, signal } = context;
      const plan = planFor(draft, buildVm, input, context, source);
      return { vmm, plan, context: { folders, environment, buildVm, vmbVersion: version, emit: report.take, signal } };
    });
    const [only, ...others] = sides;
    if (only !== undefined && others.length === 0) await build(only.plan, options, only.context, only.vmm);
    else await compareBuilds(sides, options);
  });
}
