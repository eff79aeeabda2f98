// A plan as a JSON document, for programs.
import { shownVars } from '../fetch/shown-vars.ts';
import type { Plan, Stage, Step } from '../plan/plan.ts';

/** `schema` rises when the meaning of a field changes or one disappears. */
export function planData(plan: Plan): object {
  const { buildFile, repository, buildVmDigest, buildVmArch, stages } = plan;
  const { path, name, version, arch, variant, summary, epoch, machine } = buildFile;
  return {
    schema: 1,
    repository,
    buildFile: path,
    name,
    version,
    arch,
    ...(variant === undefined ? {} : { variant: variant.label }),
    summary,
    epoch,
    machine,
    vars: shownVars(plan),
    buildVm: buildVmDigest,
    buildVmArch,
    stages: stages.map(stageData),
  };
}

function stageData(stage: Stage): object {
  switch (stage.kind) {
    case 'fetch':
      return { kind: 'fetch', steps: stage.steps.map(stepData) };
    case 'host':
      return { kind: 'host', steps: [stepData(stage.step)] };
    case 'session':
      return { kind: 'session', id: stage.id, steps: stage.steps.map(stepData) };
  }
}

function stepData(step: Step): object {
  const { number, job, id, title, position, fingerprint, looksBack, notes, inputs } = step;
  const artifacts = step.artifacts.map((artifact) => artifact.name);
  const target = step.kind === 'guest' && step.target !== undefined ? { target: step.target.disk } : {};
  const work = step.kind === 'guest' ? { script: step.script, timeoutMs: step.timeoutMs, ...target } : {};
  return {
    number,
    kind: step.kind,
    job,
    id,
    title,
    position,
    fingerprint,
    looksBack,
    inputs,
    artifacts,
    notes,
    ...work,
  };
}
