// Turns what one job of a build file does into steps: itself, and around a host action the steps that carry its files.
import { bringInPayloads, bringInScript, bringOutScript } from '../../jobs/lib/bring.ts';
import type { Disk } from '../../jobs/lib/disk.ts';
import type { GuestEffects, HostEffects, HostInput, Work } from '../../jobs/lib/job.ts';
import type { JobEntry } from '../build-file/build-file.ts';
import { planHostInput } from '../payload/host-input.ts';
import type { SourceFacts } from '../payload/locate.ts';
import { planPayload } from '../payload/payload.ts';
import type { DiskStep, GuestStep, HostInputBytes, HostStep, StepInput } from './plan.ts';

/** A step that still lacks its fingerprint. */
export interface StepDraft {
  readonly entry: JobEntry;
  readonly step: Omit<GuestStep, 'fingerprint'> | Omit<HostStep, 'fingerprint'> | Omit<DiskStep, 'fingerprint'>;
}

export interface StepRequest {
  readonly entry: JobEntry;
  readonly work: Work;
  readonly firstNumber: number;
  /** Disks before the step. */
  readonly disks: ReadonlyMap<string, Disk>;
  readonly sources: SourceFacts;
  readonly vars: ReadonlyMap<string, string>;
  readonly epochSeconds: number;
  /** Takes a JobMistake; planning goes on, so that every mistake is found. */
  readonly report: (mistake: unknown) => void;
}

/** A step that takes longer than this hangs, unless its job knows better. */
const defaultTimeoutMs = 3_600_000;

export function stepsOf(request: StepRequest): StepDraft[] {
  const { work } = request;
  switch (work.kind) {
    case 'guest':
      return [{ entry: request.entry, step: guestStep(request, request.firstNumber, work.effects, work.script, []) }];
    case 'host':
      return hostSteps(request, work.effects, work.apply);
    case 'disk': {
      const created = (work.effects.disks ?? []).filter((disk) => !request.disks.has(disk.name));
      const base = stepBase(request, request.firstNumber, work.effects, []);
      return [
        {
          entry: request.entry,
          step: { ...base, kind: 'disk', created: created.map(({ name, sizeBytes }) => ({ name, sizeBytes })) },
        },
      ];
    }
  }
}

function guestStep(
  request: StepRequest,
  number: number,
  effects: GuestEffects,
  script: string,
  bringsOut: readonly string[],
): Omit<GuestStep, 'fingerprint'> {
  const runs = effects.runsPrograms;
  const payloads = (effects.payloadsIn ?? []).flatMap((plan) => orReport(request, () => planPayload(plan, request)));
  return {
    ...stepBase(
      request,
      number,
      effects,
      payloads.map((payload) => payload.input),
    ),
    kind: 'guest',
    script,
    timeoutMs: effects.timeoutMs ?? defaultTimeoutMs,
    ownSession: effects.ownSession ?? false,
    payloads,
    tools: effects.tools ?? false,
    ownDisks: effects.ownDisks ?? [],
    payloadOutBytes: effects.payloadOutBytes,
    runsPrograms: runs && { arch: runs.arch, position: request.entry.position(runs.at) },
    bringsOut,
  };
}

/** The host action, after a step that brings its places out and before one that brings its results in, where it has them. */
function hostSteps(request: StepRequest, effects: HostEffects, apply: HostStep['apply']): StepDraft[] {
  const places = placesOf(effects.inputs);
  const outNumber = request.firstNumber;
  const hostNumber = outNumber + (places.size > 0 ? 1 : 0);
  const hostInputs = new Map<string, HostInputBytes>();
  const inputs: StepInput[] = [];
  for (const [name, input] of effects.inputs) {
    for (const planned of orReport(request, () => planHostInput(name, input, outNumber, request.sources))) {
      hostInputs.set(name, planned.bytes);
      inputs.push(planned.input);
    }
  }
  const bringsIn = effects.bringsIn ?? new Map();
  const base = stepBase(request, hostNumber, effects, inputs);
  const { entry } = request;
  const drafts: StepDraft[] = [
    { entry, step: { ...base, kind: 'host', hostInputs, bringsIn: [...bringsIn.keys()], apply } },
  ];
  if (places.size > 0) {
    const title = `bring out ${[...places.keys()].join(', ')} for ${effects.title}`;
    drafts.unshift({
      entry,
      step: guestStep(request, outNumber, { title }, bringOutScript(places), [...places.keys()]),
    });
  }
  if (bringsIn.size > 0) {
    const title = `bring in ${[...bringsIn.keys()].join(', ')} of ${effects.title}`;
    const artifacts = new Set([...request.sources.artifacts, ...bringsIn.keys()]);
    const after = { ...request, sources: { ...request.sources, artifacts } };
    const carried = { title, payloadsIn: bringInPayloads(bringsIn) };
    drafts.push({ entry, step: guestStep(after, hostNumber + 1, carried, bringInScript(bringsIn), []) });
  }
  return drafts;
}

function placesOf(inputs: HostEffects['inputs']) {
  const places = new Map<string, Extract<HostInput, { kind: 'place' }>>();
  for (const [name, input] of inputs) if (input.kind === 'place') places.set(name, input);
  return places;
}

function stepBase(request: StepRequest, number: number, effects: Work['effects'], inputs: readonly StepInput[]) {
  const { entry } = request;
  return {
    number,
    job: entry.use,
    id: entry.id,
    title: effects.title,
    position: entry.position([]),
    notes: effects.notes ?? [],
    artifacts: effects.artifacts ?? [],
    inputs,
  };
}

/** The value, or nothing after reporting why there is none. */
function orReport<T>(request: StepRequest, make: () => T): T[] {
  try {
    return [make()];
  } catch (error) {
    request.report(error);
    return [];
  }
}
