// The plan of a build: ordered steps, grouped into stages; pure data that can be printed without a VM.

import type { Disk } from '../../jobs/lib/disk.ts';
import type { FetchPlan } from '../../jobs/lib/fetch-plan.ts';
import type { Host } from '../../jobs/lib/host.ts';
import type { ArtifactPlan } from '../../jobs/lib/job.ts';
import type { OwnDisk } from '../../jobs/lib/own-disk.ts';
import type { PlannedRegion, PlannedResize } from '../../jobs/lib/planned-disk.ts';
import type { Arch } from '../../vmm-adapters/lib/adapter.ts';
import type { BuildFile, Position } from '../build-file/build-file.ts';
import type { Fetched } from '../fetch/wanted.ts';

/** Something outside the build file that determines a step's result. */
export interface StepInput {
  /** For people: "files/motd", "vmb:vmlinuz", "artifact:hello.efi". */
  readonly name: string;
  /** SHA-256 of its content with names and modes as brought in (of what is fetched perhaps "sha512:…"); undefined for artifacts of this build, whose steps' fingerprints stand for them. */
  readonly digest: string | undefined;
  readonly sizeBytes: number | undefined;
}

/** Bytes that the session's job disk takes in; `open` streams exactly `lengthBytes` of them. */
export interface Payload {
  readonly name: string;
  readonly input: StepInput;
  /** `artifacts`: name to path of what earlier steps made; a payload made of one has no length before it exists. */
  prepare(artifacts: ReadonlyMap<string, string>): PreparedPayload;
}

export interface PreparedPayload {
  readonly lengthBytes: number;
  open(): AsyncIterable<Uint8Array>;
}

interface StepBase {
  /** Counted from 1 through the plan. */
  readonly number: number;
  /** Name of the job. */
  readonly job: string;
  readonly id: string | undefined;
  /** For people, one line. */
  readonly title: string;
  readonly position: Position;
  readonly notes: readonly string[];
  readonly artifacts: readonly ArtifactPlan[];
  readonly inputs: readonly StepInput[];
  readonly fingerprint: string;
  /** What it makes depends on the build before this one. */
  readonly looksBack?: boolean;
}

/** What a target-VM starts, and where the build file says so. */
export interface PlannedTarget {
  readonly disk: string;
  readonly boot:
    | { readonly kind: 'firmware'; readonly firmware: 'bios' | 'uefi' }
    | { readonly kind: 'kernel'; readonly kernel: HostInputBytes; readonly commandLine: string };
  readonly position: Position;
}

export interface GuestStep extends StepBase {
  readonly kind: 'guest';
  readonly script: string;
  readonly timeoutMs: number;
  /** What its clock starts at, seconds since 1970: the epoch and the time limits of the guest steps before it that may write a disk. */
  readonly clockSeconds: number;
  /** It writes no disk of the build. */
  readonly onlyReads: boolean;
  readonly ownSession: boolean;
  readonly payloads: readonly Payload[];
  /** Whether it gets the tools image of the build-VM that carries it out; the build-VM's digest covers that. */
  readonly tools: boolean;
  readonly ownDisks: readonly PlannedOwnDisk[];
  readonly regions: readonly PlannedRegion[];
  readonly resizes: PlannedResize | undefined;
  readonly payloadOutBytes: number | undefined;
  /** What the build-VM that carries it out must be able to run, and where the build file says so. */
  readonly runsPrograms: { readonly arch: Arch; readonly position: Position } | undefined;
  /** It runs in a target-VM instead of the build-VM. */
  readonly target: PlannedTarget | undefined;
  /** Names of the payloads that it brings out for the host action or the target-VM after it. */
  readonly bringsOut: readonly string[];
}

/** A disk of one step alone. */
export interface PlannedOwnDisk extends Omit<OwnDisk, 'content'> {
  /** The raw image that it begins as; blank without. */
  readonly content?: Extract<HostInputBytes, { kind: 'file' | 'artifact' }>;
}

/** Where the bytes of a host action's input are when it begins. */
export type HostInputBytes =
  | { readonly kind: 'file'; readonly path: string; readonly sha256: string }
  /** There once the build begins; `digest` as `unchangedChunks` takes it. */
  | { readonly kind: 'fetched'; readonly path: string; readonly digest: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'artifact'; readonly name: string }
  /** The guest step with that number brings it out under the input's name. */
  | { readonly kind: 'brought-out'; readonly step: number };

export interface HostStep extends StepBase {
  readonly kind: 'host';
  readonly hostInputs: ReadonlyMap<string, HostInputBytes>;
  /** Those inputs that are what a guest saw in a disk image. */
  readonly images: readonly string[];
  /** Names of the files that it writes beside its artifacts, for the guest step after it. */
  readonly bringsIn: readonly string[];
  apply(host: Host): Promise<void>;
}

/** Brings files of elsewhere into the store; all of a build before its first boot. */
export interface FetchStep extends StepBase {
  readonly kind: 'fetch';
  readonly fetched: Fetched;
  /** What `vmb lock` looks at. */
  readonly wish: FetchPlan;
}

export interface CreatedDisk {
  readonly name: string;
  readonly sizeBytes: number;
  /** The artifact of another build that it begins as, by name; blank without. */
  readonly artifact?: string;
  /** Where that is; undefined in a plan that was made before the other build. */
  readonly from?: { readonly path: string; readonly sha256: string } | undefined;
}

/** Makes disks, nothing else; done before the session that first uses them boots. */
export interface DiskStep extends StepBase {
  readonly kind: 'disk';
  readonly created: readonly CreatedDisk[];
}

export type Step = GuestStep | HostStep | FetchStep | DiskStep;

/** Consecutive steps that one boot carries out, or one host action; before all others, every fetch. */
export type Stage =
  | { readonly kind: 'fetch'; readonly steps: readonly FetchStep[] }
  | { readonly kind: 'session'; readonly id: string; readonly steps: readonly (GuestStep | DiskStep)[] }
  | { readonly kind: 'host'; readonly step: HostStep };

export interface Plan {
  readonly buildFile: BuildFile;
  readonly repository: string;
  /** SHA-256 that names the build-VM. */
  readonly buildVmDigest: string;
  /** The build-VM's own architecture; the build file's is that of what it makes. */
  readonly buildVmArch: Arch;
  readonly steps: readonly Step[];
  readonly stages: readonly Stage[];
  /** Disks as the last step leaves them. */
  readonly disks: ReadonlyMap<string, Disk>;
}
