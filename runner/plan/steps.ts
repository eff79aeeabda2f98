// Turns what one job of a build file does into steps: itself, and around a host action the steps that carry its files.
import { bringInPayloads, bringInScript, bringOutScript } from '../../jobs/lib/bring.ts';
import type { Disk } from '../../jobs/lib/disk.ts';
import type { FetchEffects, GuestEffects, HostEffects, HostInput, PayloadInPlan, Work } from '../../jobs/lib/job.ts';
import { listImagesScript } from '../../jobs/lib/listing-script.ts';
import type { OwnDisk } from '../../jobs/lib/own-disk.ts';
import { lines, type Script } from '../../jobs/lib/shell.ts';
import type { JobEntry } from '../build-file/build-file.ts';
import { digestOfAll, totalBytes } from '../payload/fetched-entries.ts';
import { planHostInput, planSource } from '../payload/host-input.ts';
import type { SourceFacts } from '../payload/locate.ts';
import { planPayload } from '../payload/payload.ts';
import { fetchedName } from './note-fetches.ts';
import type { DiskStep, FetchStep, GuestStep, HostInputBytes, HostStep, StepInput } from './plan.ts';
import { planTarget } from './target.ts';

/** A step that still lacks its fingerprint and its clock. */
export interface StepDraft {
  readonly entry: JobEntry;
  /** What its fingerprint rests on instead of the job's options. */
  readonly options?: object;
  readonly step:
    | Omit<GuestStep, 'fingerprint' | 'clockSeconds'>
    | Omit<HostStep, 'fingerprint'>
    | Omit<FetchStep, 'fingerprint'>
    | Omit<DiskStep, 'fingerprint'>;
}

export interface StepRequest {
  readonly entry: JobEntry;
  readonly work: Work;
  readonly firstNumber: number;
  /** Disks before the step. */
  readonly disks: ReadonlyMap<string, Disk>;
  readonly sources: SourceFacts;
  readonly vars: ReadonlyMap<string, string>;
  /** Takes the names of variables that files use. */
  readonly usedVars: Set<string>;
  readonly epochSeconds: number;
  /** Takes a JobMistake; planning goes on, so that every mistake is found. */
  readonly report: (mistake: unknown) => void;
}

/** A step that takes longer than this hangs, unless its job knows better. */
const defaultTimeoutMs = 3_600_000;

export function stepsOf(request: StepRequest): StepDraft[] {
  const { work, entry } = request;
  switch (work.kind) {
    case 'guest':
      return guestSteps(request, work.effects, work.script);
    case 'host':
      return hostSteps(request, work.effects, work.apply);
    case 'fetch':
      return fetchSteps(request, work.effects);
    case 'disk': {
      const created = (work.effects.disks ?? []).filter((disk) => !request.disks.has(disk.name));
      const base = stepBase(request, request.firstNumber, work.effects, []);
      return [
        {
          entry,
          step: { ...base, kind: 'disk', created: created.map(({ name, sizeBytes }) => ({ name, sizeBytes })) },
        },
      ];
    }
  }
}

/** The step itself, after one that brings the kernel of its target-VM out of the disk, where it has one. */
function guestSteps(request: StepRequest, effects: GuestEffects, script: string): StepDraft[] {
  const { entry, firstNumber } = request;
  const boot = effects.target?.boot;
  const places = ofKind(new Map(boot?.kind === 'kernel' ? [['kernel', boot.kernel]] : []), 'place');
  if (places.size === 0) return [{ entry, step: guestStep(request, firstNumber, effects, script, []) }];
  const title = `bring out the kernel for ${effects.title}`;
  return [
    {
      entry,
      step: scriptStep(request, firstNumber, { title, onlyReads: true }, bringOutScript(places), [...places.keys()]),
    },
    { entry, step: guestStep(request, firstNumber + 1, effects, script, []) },
  ];
}

/** A step that no job has a script for. */
function scriptStep(
  request: StepRequest,
  number: number,
  effects: GuestEffects,
  { text, tools }: Script,
  bringsOut: readonly string[],
): Omit<GuestStep, 'fingerprint' | 'clockSeconds'> {
  return guestStep(request, number, { ...effects, tools }, `${text}\n`, bringsOut);
}

function guestStep(
  request: StepRequest,
  number: number,
  effects: GuestEffects,
  script: string,
  bringsOut: readonly string[],
): Omit<GuestStep, 'fingerprint' | 'clockSeconds'> {
  const runs = effects.runsPrograms;
  const payloads = (effects.payloadsIn ?? []).flatMap((plan) => orReport(request, () => planPayload(plan, request)));
  const disks = (effects.ownDisks ?? []).flatMap((disk) => orReport(request, () => plannedOwnDisk(disk, request)));
  const [target] = orReport(request, () => planTarget(effects.target, number, request));
  return {
    ...stepBase(request, number, effects, [
      ...payloads.map((payload) => payload.input),
      ...disks.flatMap(({ input }) => input ?? []),
      ...(target?.inputs ?? []),
    ]),
    kind: 'guest',
    script,
    timeoutMs: effects.timeoutMs ?? defaultTimeoutMs,
    onlyReads: effects.onlyReads ?? false,
    ownSession: effects.ownSession ?? false,
    target: target?.planned,
    payloads,
    tools: effects.tools ?? false,
    ownDisks: disks.map(({ disk }) => disk),
    regions: effects.regions ?? [],
    resizes: effects.resizes,
    payloadOutBytes: effects.payloadOutBytes,
    runsPrograms: runs && { arch: runs.arch, position: request.entry.position(runs.at) },
    bringsOut,
  };
}

/** A disk with the bytes that it begins with, and these as an input of the step. */
function plannedOwnDisk({ content, ...disk }: OwnDisk, { sources }: StepRequest) {
  if (content === undefined) return { disk };
  const { bytes, input } = planSource(content, sources);
  if (bytes.kind === 'fetched') throw new Error('Internal error: a fetched file has no size that a disk could have');
  return { disk: { ...disk, content: bytes }, input };
}

/** The host action, after a step that brings its places out and before one that brings its results in, where it has them. */
function hostSteps(request: StepRequest, effects: HostEffects, apply: HostStep['apply']): StepDraft[] {
  const places = ofKind(effects.inputs, 'place');
  const images = ofKind(effects.inputs, 'image');
  const brings = places.size + images.size > 0;
  const outNumber = request.firstNumber;
  const hostNumber = outNumber + (brings ? 1 : 0);
  const hostInputs = new Map<string, HostInputBytes>();
  const inputs: StepInput[] = [];
  for (const [name, input] of effects.inputs) {
    for (const planned of orReport(request, () => planHostInput(name, input, outNumber, request.sources))) {
      hostInputs.set(name, planned.bytes);
      inputs.push(planned.input);
    }
  }
  const bringsIn = effects.bringsIn ?? new Map();
  const looksBack = effects.looksBack === true ? { looksBack: true } : {};
  const base = { ...stepBase(request, hostNumber, effects, inputs), ...looksBack };
  const { entry } = request;
  const drafts: StepDraft[] = [
    {
      entry,
      step: { ...base, kind: 'host', hostInputs, images: [...images.keys()], bringsIn: [...bringsIn.keys()], apply },
    },
  ];
  if (brings) drafts.unshift({ entry, step: { ...outStep(request, effects.title, places, images), ...looksBack } });
  if (bringsIn.size > 0) {
    const title = `bring in ${[...bringsIn.keys()].join(', ')} of ${effects.title}`;
    const artifacts = new Set([...request.sources.artifacts, ...bringsIn.keys()]);
    const after = { ...request, sources: { ...request.sources, artifacts } };
    const carried = { title, payloadsIn: bringInPayloads(bringsIn) };
    drafts.push({ entry, step: scriptStep(after, hostNumber + 1, carried, bringInScript(bringsIn), []) });
  }
  return drafts;
}

/** The fetch, and where it has a place in a volume a step that brings it in. Its address determines nothing of the result. */
function fetchSteps(request: StepRequest, effects: FetchEffects): StepDraft[] {
  const { entry, firstNumber, sources } = request;
  const name = fetchedName(entry, effects);
  const fetched = sources.fetched.get(name);
  if (fetched === undefined) throw new Error(`Internal error: nobody planned the fetch ${name}`);
  const input = { name: fetched.label, digest: digestOfAll(fetched), sizeBytes: totalBytes(fetched) };
  const base = stepBase(request, firstNumber, effects, [input]);
  const drafts: StepDraft[] = [{ entry, options: {}, step: { ...base, kind: 'fetch', fetched, wish: effects.fetch } }];
  const { bringsIn } = effects;
  if (bringsIn !== undefined) {
    const { title, as, attributes, script, at } = bringsIn;
    const files: PayloadInPlan = { kind: 'tree', name: 'files', source: { kind: 'fetched', name }, as, attributes, at };
    const step = scriptStep(request, firstNumber + 1, { title, payloadsIn: [files] }, script, []);
    drafts.push({ entry, options: {}, step });
  }
  return drafts;
}

type Inputs<K extends HostInput['kind']> = Map<string, Extract<HostInput, { kind: K }>>;

function ofKind<K extends HostInput['kind']>(inputs: HostEffects['inputs'], kind: K): Inputs<K> {
  const isOfKind = (input: HostInput): input is Extract<HostInput, { kind: K }> => input.kind === kind;
  const found: Inputs<K> = new Map();
  for (const [name, input] of inputs) if (isOfKind(input)) found.set(name, input);
  return found;
}

/** The guest's part before a host action: files out of volumes, and what disk images hold. */
function outStep(request: StepRequest, title: string, places: Inputs<'place'>, images: Inputs<'image'>) {
  const names = [...places.keys(), ...images.keys()];
  const disks = new Map([...images].map(([name, image]) => [name, imageDisk(name, image, request.firstNumber)]));
  const effects: GuestEffects = {
    title: images.size > 0 ? `list what both hold, to ${title}` : `bring out ${names.join(', ')} for ${title}`,
    ownDisks: [...disks.values()],
    onlyReads: true,
  };
  const listed = new Map([...disks].map(([name, disk]) => [name, { disk: disk.name }]));
  const script = lines(bringOutScript(places), images.size > 0 ? listImagesScript(listed) : undefined);
  return scriptStep(request, request.firstNumber, effects, script, names);
}

/** Its name is longer than a build file's disk may have. */
function imageDisk(
  name: string,
  { source, sizeBytes, at }: Extract<HostInput, { kind: 'image' }>,
  step: number,
): OwnDisk {
  return { name: `image-that-is-listed-in-step-${step}-${name}`, sizeBytes, regions: [], content: { source, at } };
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
