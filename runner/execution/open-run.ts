// Begins a build on a VMM, and refuses what it cannot do before anything boots.
import type { Plan } from '../plan/plan.ts';
import type { BuildContext, BuildOptions } from './build-context.ts';
import type { BuildRun } from './build-run.ts';
import { cpusOf, refuseUnfit } from './limits.ts';
import { chooseBootWay } from './machine.ts';
import type { BuildRecord } from './record.ts';
import type { OpenVmm } from './vmm.ts';

/** @throws RunnerError `no-vmm` */
export function openRun(plan: Plan, options: BuildOptions, context: BuildContext, vmm: OpenVmm): BuildRun {
  const { choice, facts, adapter, work } = vmm;
  const { capabilities } = facts;
  const { name, ...chosen } = vmmFacts(vmm);
  context.emit({ type: 'vmm-chosen', vmm: name, ...chosen });
  refuseUnfit(plan, vmm);
  const { cpus, note } = cpusOf(plan, vmm);
  if (note !== undefined) context.emit({ type: 'note', text: note });
  return {
    plan,
    options,
    context,
    vmm,
    adapter,
    bootWay: chooseBootWay(name, capabilities, choice.boot),
    cpus,
    mostDisks: Math.min(capabilities.mostDisks, choice.mostDisks ?? capabilities.mostDisks),
    work,
    buildDisks: [],
    artifacts: new Map(),
    images: new Map(),
    broughtOut: new Map(),
    steps: [],
    sessions: [],
  };
}

/** What a record says of a VMM. */
export function vmmFacts({ choice, facts }: OpenVmm): BuildRecord['vmm'] {
  const host = choice.host && { host: choice.host.text };
  return { name: choice.definition.name, version: facts.version, ...host, ...facts.acceleration };
}
