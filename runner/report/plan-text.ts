// A plan as text, for people.
import { shortPath } from '../build-file/mistakes.ts';
import type { Plan, Stage, Step, StepInput } from '../plan/plan.ts';
import { printable } from '../printable.ts';
import { amountText } from './amounts.ts';
import { noArtifacts } from './event-text.ts';

export function planText(plan: Plan, cwd: string): string {
  const { name, version, arch, variant, summary, epoch, machine, path } = plan.buildFile;
  const which = variant === undefined ? arch : `${arch}, ${variant.label}`;
  const scratch = machine.scratchBytes === undefined ? '' : `, scratch ${amountText(machine.scratchBytes)}`;
  const lines = [
    `${name} ${version} (${which}) of ${plan.repository}: ${summary}`,
    `  build file   ${shortPath(path, cwd)}`,
    `  epoch        ${new Date(epoch.seconds * 1000).toISOString().replace('.000Z', 'Z')} (${epoch.origin})`,
    `  build-VM     ${plan.buildVmDigest} (${plan.buildVmArch})`,
    `  machine      memory ${amountText(machine.memoryBytes)}, cpus ${machine.cpus}${scratch} (results do not depend on it)`,
    ...plan.stages.flatMap((stage) => stageLines(stage, cwd)),
    ...(plan.steps.some((step) => step.artifacts.length > 0) ? [] : ['', noArtifacts]),
  ];
  return lines.map(printable).join('\n');
}

function stageLines(stage: Stage, cwd: string): string[] {
  const steps = stage.kind === 'host' ? [stage.step] : stage.steps;
  return ['', titleOf(stage), ...steps.flatMap((step) => stepLines(step, cwd))];
}

function titleOf(stage: Stage): string {
  switch (stage.kind) {
    case 'fetch':
      return 'Fetched before anything boots';
    case 'host':
      return 'On the host';
    case 'session': {
      const [target] = stage.steps.flatMap((step) =>
        step.kind === 'guest' && step.target !== undefined ? [step.target] : [],
      );
      return `Session ${stage.id}${target ? `, in the target ${target.disk}` : ''}`;
    }
  }
}

function stepLines(step: Step, cwd: string): string[] {
  const { file, line } = step.position;
  return [
    `  ${String(step.number).padStart(2)}. ${step.title}  (${shortPath(file, cwd)}:${line})`,
    `      fingerprint  ${step.fingerprint === '' ? 'known once the source is built' : step.fingerprint}`,
    ...step.inputs.map((input) => `      input        ${inputText(input)}`),
    ...step.artifacts.map((artifact) => `      makes        ${artifact.name}`),
    ...step.notes.map((note) => `      note         ${note}`),
  ];
}

function inputText({ name, digest, sizeBytes }: StepInput): string {
  const size = sizeBytes === undefined ? '' : `  ${amountText(sizeBytes)}`;
  if (digest === undefined) return `${name}${size}`;
  const [hex = '', algorithm = 'sha256'] = digest.split(':').reverse();
  return `${name}${size}  ${algorithm} ${hex}`;
}
