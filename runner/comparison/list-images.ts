// Has a guest look into disk images of the host: one session, both attached as copies, everything in them brought out.

import type { Listed } from '../../jobs/lib/listed.ts';
import { listImagesScript } from '../../jobs/lib/listing-script.ts';
import { mebibyte } from '../../jobs/lib/size.ts';
import { carryOutPlan } from '../execution/build.ts';
import type { BuildContext } from '../execution/build-context.ts';
import { broughtOutKey } from '../execution/build-run.ts';
import type { OpenVmm } from '../execution/vmm.ts';
import type { GuestStep, Plan } from '../plan/plan.ts';
import { readListed } from './read-listed.ts';

/** A raw image, digested. */
export interface Image {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

const names = ['one', 'other'] as const;
/** Reading takes as long as there is to read. */
// What only reads leaves no time behind.
const epochSeconds = Date.UTC(2026, 0, 1) / 1000;
const timeoutMs = 24 * 3_600_000;
const position = { file: 'vmb diff', line: 1, column: 1 };

/** @throws as `build`; BorderError `tar-refused` */
export async function listImages(
  images: readonly [Image, Image],
  context: BuildContext,
  vmm: OpenVmm,
): Promise<[Listed, Listed]> {
  const { run } = await carryOutPlan(
    planOf(images, context),
    { out: { path: '', below: undefined }, keep: false, offline: true },
    context,
    vmm,
  );
  const read = (name: string) => {
    const path = run.broughtOut.get(broughtOutKey(1, name));
    if (path === undefined) throw new Error(`Internal error: the guest listed no "${name}"`);
    return readListed(path, 'image', context.signal);
  };
  return [await read('one'), await read('other')];
}

function planOf(images: readonly [Image, Image], { buildVm }: BuildContext): Plan {
  const step = stepOf(images);
  return {
    buildFile: {
      path: '',
      folder: '',
      parents: [],
      name: 'diff',
      version: '1',
      arch: buildVm.arch,
      summary: '',
      epoch: { seconds: epochSeconds, origin: 'default' },
      machine: { memoryBytes: 512 * mebibyte, cpus: 1, scratchBytes: undefined },
      vars: new Map(),
      usedVars: new Set(),
      ownVars: new Map(),
      jobs: [],
    },
    repository: 'diff',
    buildVmDigest: buildVm.digest,
    buildVmArch: buildVm.arch,
    steps: [step],
    stages: [{ kind: 'session', id: 'session-1', steps: [step] }],
    disks: new Map(),
  };
}

function stepOf(images: readonly [Image, Image]): GuestStep {
  const { text, tools } = listImagesScript(new Map(names.map((name) => [name, { disk: name }])));
  return {
    kind: 'guest',
    number: 1,
    job: 'diff',
    id: undefined,
    title: 'look into both images',
    position,
    notes: [],
    artifacts: [],
    inputs: [],
    fingerprint: '',
    script: `${text}\n`,
    timeoutMs,
    clockSeconds: epochSeconds,
    onlyReads: true,
    ownSession: false,
    target: undefined,
    payloads: [],
    tools,
    regions: [],
    resizes: undefined,
    ownDisks: images.map(({ path, sizeBytes, sha256 }, index) => ({
      name: names[index] ?? '',
      sizeBytes,
      regions: [],
      content: { kind: 'file', path, sha256 },
    })),
    payloadOutBytes: undefined,
    runsPrograms: undefined,
    bringsOut: names,
  };
}
