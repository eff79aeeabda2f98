// Opens the VMM that a build uses, and refuses what it cannot do before anything boots.

import type { Adapter } from '../../vmm-adapters/lib/adapter.ts';
import type { Plan } from '../plan/plan.ts';
import { RunnerError } from '../runner-error.ts';
import type { WorkFolder } from '../state/work-folder.ts';
import type { BuildContext, BuildOptions } from './build-context.ts';
import type { BuildRun } from './build-run.ts';
import { chooseBootWay } from './machine.ts';
import type { BuildRecord } from './record.ts';
import { thinTransfers } from './thin-transfers.ts';

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
    host: options.host,
    onTransfer: thinTransfers((transfer) => context.emit({ type: 'transfer', ...transfer })),
    commands: context.commands,
    workFolder: await work.forAdapter(definition.name),
    cacheFolder: context.folders.cache,
    trial: { kernelPath: buildVm.files.efi, systemDiskPath: buildVm.files.systemDisk, digest: buildVm.digest },
    options: options.vmmOptions,
  });
  try {
    return await probed(plan, options, context, work, adapter);
  } catch (error) {
    await adapter.close?.(false);
    throw error;
  }
}

async function probed(
  plan: Plan,
  options: BuildOptions,
  context: BuildContext,
  work: WorkFolder,
  adapter: Adapter,
): Promise<OpenedRun> {
  const probe = await adapter.probe(context.signal);
  const at = options.host?.text ?? 'here';
  if (!probe.usable) {
    throw new RunnerError('no-vmm', `${options.vmm} cannot be used ${at}: ${probe.reason} ${probe.remedy}`);
  }
  const { capabilities, version } = probe;
  const host = options.host && { host: options.host.text };
  const vmm = { name: options.vmm, version, ...host, ...probe.acceleration };
  const { name, ...chosen } = vmm;
  context.emit({ type: 'vmm-chosen', vmm: name, ...chosen });
  const run: BuildRun = {
    plan,
    options,
    context,
    adapter,
    bootWay: chooseBootWay(name, capabilities, options.boot),
    mostDisks: Math.min(capabilities.mostDisks, options.mostDisks ?? capabilities.mostDisks),
    work,
    buildDisks: [],
    artifacts: new Map(),
    broughtOut: new Map(),
    steps: [],
    sessions: [],
  };
  return { run, vmm };
}
