// Opens the VMM that a build uses, and refuses what it cannot do before anything boots.

import type { Plan } from '../plan/plan.ts';
import { RunnerError } from '../runner-error.ts';
import type { WorkFolder } from '../state/work-folder.ts';
import type { BuildContext, BuildOptions } from './build-context.ts';
import type { BuildRun } from './build-run.ts';
import { refuseTooManyDisks } from './disk-count.ts';
import { chooseBootWay } from './machine.ts';
import type { BuildRecord } from './record.ts';

export interface OpenedRun {
  readonly run: BuildRun;
  readonly vmm: BuildRecord['vmm'];
}

/** @throws RunnerError `no-vmm` */
export async function openRun(
  plan: Plan,
  options: BuildOptions,
  context: BuildContext,
  work: WorkFolder,
): Promise<OpenedRun> {
  const definition = await context.registry.findAdapter(options.vmm);
  if (definition === undefined)
    throw new RunnerError('no-vmm', `There is no VMM adapter "${options.vmm}" in this vmb.`);
  const { buildVm } = context;
  const adapter = definition.open({
    commands: context.commands,
    workFolder: await work.forAdapter(definition.name),
    cacheFolder: context.folders.cache,
    trial: { kernelPath: buildVm.files.efi, systemDiskPath: buildVm.files.systemDisk, digest: buildVm.digest },
    options: options.vmmOptions,
  });
  const probe = await adapter.probe(context.signal);
  if (!probe.usable) {
    throw new RunnerError('no-vmm', `${options.vmm} cannot be used here: ${probe.reason} ${probe.remedy}`);
  }
  const { capabilities, version } = probe;
  const vmm = { name: definition.name, version, ...probe.acceleration };
  context.emit({ type: 'vmm-chosen', vmm: vmm.name, version, hardware: vmm.hardware, because: vmm.because });
  refuseTooManyDisks(plan, definition.name, capabilities.mostDisks);
  const run: BuildRun = {
    plan,
    options,
    context,
    adapter,
    bootWay: chooseBootWay(definition.name, capabilities, options.boot),
    work,
    buildDisks: [],
    artifacts: new Map(),
    broughtOut: new Map(),
    steps: [],
    sessions: [],
  };
  return { run, vmm };
}
