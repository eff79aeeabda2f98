// What a VMM can and cannot do for a plan, known before anything boots: refusals, and what is made smaller.
import type { Arch } from '../../vmm-adapters/lib/adapter.ts';
import { lastSecond } from '../plan/clocks.ts';
import type { Plan, PlannedTarget, Step } from '../plan/plan.ts';
import { amountText } from '../report/amounts.ts';
import { RunnerError } from '../runner-error.ts';
import type { OpenVmm, VmmChoice } from './vmm.ts';

/** Programs of these architectures run in a build-VM: the kernel of x86_64 has IA32_EMULATION (build-vm/kernel/x86_64.config). */
const programsOf: Readonly<Record<Arch, readonly Arch[]>> = { x86_64: ['x86_64', 'i686'], i686: ['i686'] };

type TargetVmm = Pick<OpenVmm, 'choice' | 'facts'>;

/** Where the clock of Debian 12's 32-bit programs ends: 2038-01-19, seconds since 1970. */
const lastSecondOf32Bits = 2 ** 31 - 1;

/** @throws RunnerError `no-vmm` for what the VMM, or the build-VM that it runs, cannot do */
export function refuseUnfit(plan: Plan, { choice, facts }: OpenVmm): void {
  const { memoryBytes } = plan.buildFile.machine;
  const { mostMemoryBytes } = facts.capabilities;
  if (memoryBytes > mostMemoryBytes) {
    throw new RunnerError(
      'no-vmm',
      `${plan.buildFile.path}: machine.memory: ${amountText(memoryBytes)} is more than ${choice.definition.name} can give a machine, which is ${amountText(mostMemoryBytes)}; write less, or take another VMM (--vmm).`,
    );
  }
  if (plan.buildVmArch === 'i686' && lastSecond(plan.steps, plan.buildFile.epoch.seconds) > lastSecondOf32Bits) {
    throw new RunnerError(
      'no-vmm',
      `${plan.buildFile.path}: epoch: the clock of the last step could pass January 2038, where the programs of the build-VM for i686 stop counting, those of the one for x86_64 do not; ${remedyFor('x86_64', facts.capabilities.architectures, choice)}, or choose an earlier epoch.`,
    );
  }
  for (const step of plan.steps) {
    if (step.kind === 'guest' && step.target !== undefined) refuseTarget(plan, step, step.target, { choice, facts });
    const wanted = step.kind === 'guest' ? step.runsPrograms : undefined;
    if (wanted === undefined || programsOf[plan.buildVmArch].includes(wanted.arch)) continue;
    const { file, line, column } = wanted.position;
    throw new RunnerError(
      'no-vmm',
      `${file}:${line}:${column}: step ${step.number} (${step.title}) runs ${wanted.arch} programs, which the build-VM for ${plan.buildVmArch} cannot; ${remedyFor(wanted.arch, facts.capabilities.architectures, choice)}.`,
    );
  }
}

function refuseTarget(plan: Plan, step: Step, { boot, position }: PlannedTarget, { choice, facts }: TargetVmm): void {
  const { architectures, boots } = facts.capabilities;
  const { arch } = plan.buildFile;
  const vmm = choice.definition.name;
  const where = `${position.file}:${position.line}:${position.column}: step ${step.number} (${step.title})`;
  const elsewhere = 'take another VMM (--vmm; `vmb doctor` lists them)';
  if (!architectures.includes(arch)) {
    throw new RunnerError('no-vmm', `${where} boots a machine for ${arch}, which ${vmm} does not have; ${elsewhere}.`);
  }
  const way = boot.kind === 'kernel' ? 'kernel' : boot.firmware;
  if (boots.includes(way)) return;
  throw new RunnerError(
    'no-vmm',
    `${where} starts its disk by ${way}, which ${vmm} cannot here; write one of boot = ${boots.map((known) => `"${known}"`).join(', ')}, or ${elsewhere}.`,
  );
}

function remedyFor(arch: Arch, architectures: readonly Arch[], { definition }: VmmChoice): string {
  if (architectures.includes(arch)) return `leave --build-vm-arch out, or make that build-VM (\`vmb build-vm make\`)`;
  return `${definition.name} has no other, so take another VMM (--vmm; \`vmb doctor\` lists them)`;
}

/** How many processors a machine gets, and a line for people when they are fewer than asked for. */
export function cpusOf(plan: Plan, { choice, facts }: OpenVmm): { readonly cpus: number; readonly note?: string } {
  const wanted = choice.cpus ?? plan.buildFile.machine.cpus;
  const { mostCpus } = facts.capabilities;
  if (wanted <= mostCpus) return { cpus: wanted };
  const note = `${choice.definition.name} gives a machine ${mostCpus} of the ${wanted} processors that it should have: slower, with the same result.`;
  return { cpus: mostCpus, note };
}
