// One boot of a VM as one serialisable value, and what comes back from it: the border's two data types.
import type { Arch, DiskHandle } from '../../vmm-adapters/lib/adapter.ts';

/** Version of the serial frames, in which an agent also says that it does not know a job disk. */
export const frameVersion = 1;

/** Version of the job disk and the job text; part of every fingerprint. */
export const protocolVersion = 2;

/** A part of a disk, or all of it. */
export interface Extent {
  /** `id` of the disk that it lies on. */
  readonly disk: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** A named part of a disk: the guest presents it as the loop device /dev/vmb/NAME, with its partitions as NAME-partN. */
export interface Region extends Extent {
  readonly name: string;
}

/** Bytes that go in with a step; the job disk holds them one after the other. */
export interface PayloadIn {
  /** Unique within its step; what the step's script calls it ([a-z0-9-]). */
  readonly name: string;
  readonly lengthBytes: number;
  /** Payloads of a session with the same text here are the same bytes, which the job disk holds once. */
  readonly sharedAs?: string;
}

/** Name of the payload that the guest presents as the disk of the tools instead of leaving it to the script. */
export const toolsPayload = 'vmb-tools';

export interface SessionStep {
  /** The step's number in the plan, from 1; rises within a session, gaps are allowed. */
  readonly number: number;
  /** For people, one line: "format main:1". */
  readonly title: string;
  /** POSIX sh; see docs/border.md for what it finds around it. */
  readonly script: string;
  readonly timeoutMs: number;
  /** What the agent sets the guest's clock to before the script runs, seconds since 1970, UTC: the epoch or later. */
  readonly clockSeconds: number;
  readonly payloadsIn: readonly PayloadIn[];
}

/** How long each stage may take before the host takes the power away; each has its own message. */
export interface Deadlines {
  /** From power-on to the first `ready` frame. */
  readonly bootMs: number;
  /** Without any frame of the agent (it sends a heartbeat every 5 s) after `ready`. */
  readonly silenceMs: number;
  /** Between the answer to the last step and the `end` frame. */
  readonly endMs: number;
}

/** What a session boots: the build-VM, or the disk under construction with vmb's agent in it. */
export type GuestName = 'build-VM' | 'target-VM';

export interface Session {
  readonly protocol: typeof protocolVersion;
  /** Unique in a build, safe in a file name. */
  readonly id: string;
  /** The build-VM unless it says otherwise. */
  readonly guest?: GuestName;
  readonly machine: { readonly arch: Arch; readonly memoryBytes: number; readonly cpus: number };
  /** SOURCE_DATE_EPOCH of every step, seconds since 1970, UTC. */
  readonly epochSeconds: number;
  /** In bus order: system, job, build disks in plan order, scratch if any, payload-out if any. Of a target-VM: its own disk, job. */
  readonly disks: readonly DiskHandle[];
  readonly regions: readonly Region[];
  /** Where /tmp lies; all of the disk with the role `scratch`, if there is one, unless it says otherwise. */
  readonly scratch?: Extent;
  /** Where lies what steps bring out; all of the disk with the role `payload-out`, if there is one, unless it says otherwise. */
  readonly payloadOut?: Extent;
  readonly steps: readonly SessionStep[];
  readonly deadlines: Deadlines;
}

/** Where bytes that a step brought out lie, from the beginning of the session's `payloadOut`. */
export interface PayloadOut {
  readonly name: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** How a step ended. Everything but `exit` 0 is a failure; the plain reason is the guest's own finding. */
export type StepOutcome =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: number }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'out-of-memory'; readonly code: number }
  | { readonly kind: 'scratch-full'; readonly code: number }
  | { readonly kind: 'payload-out-full'; readonly code: number }
  /** A filesystem of a target-VM. */
  | { readonly kind: 'target-full'; readonly code: number };

export interface StepResult {
  readonly number: number;
  readonly outcome: StepOutcome;
  /** What the script told by `vmb_fact NAME VALUE`; names [a-z0-9.-], any text as value. */
  readonly facts: ReadonlyMap<string, string>;
  readonly payloadsOut: readonly PayloadOut[];
  /** Time in the step by the host's clock. */
  readonly durationMs: number;
}

/** What happens while a session is carried out. */
export type SessionEvent =
  | { readonly type: 'ready'; readonly guestUptimeMs: number }
  | { readonly type: 'step-started'; readonly number: number }
  /** Standard output and standard error of a step, as they come; any bytes, cut anywhere. */
  | { readonly type: 'output'; readonly number: number; readonly bytes: Uint8Array }
  /** One line of the guest's kernel log. */
  | { readonly type: 'kernel'; readonly line: string }
  | { readonly type: 'step-ended'; readonly result: StepResult }
  /** A line on the console that is no frame: firmware, boot loader, a panic. */
  | { readonly type: 'console'; readonly line: string };
