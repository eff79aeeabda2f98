// The contract of a job: one verb of a build file, one file under jobs/. Pure: options in, script or host action out.
import type { Disk, Volume } from './disk.ts';
import type { FetchWish } from './fetch-plan.ts';
import type { Attributes } from './file-attributes.ts';
import type { Host } from './host.ts';
import type { OwnDisk } from './own-disk.ts';
import type { CompressedImageFormat, DiskImageFormat, PlannedRegion, PlannedResize } from './planned-disk.ts';
import { type Checked, checker, type Static, type TObject } from './schema.ts';
import type { Script } from './shell.ts';
import type { Source } from './source.ts';
import type { OptionPath, World } from './world.ts';

export type { Attributes } from './file-attributes.ts';
export type { OptionPath, World } from './world.ts';

/** Host bytes that go in with a guest step. The script reads them by `name` ([a-z0-9-]). */
export type PayloadInPlan =
  /**
   * A raw tar of a file or folder, normalised. A file becomes the one entry `as`; a folder becomes `as` and all below it.
   * With `as` empty the content of a folder becomes the tar's top level, and a file keeps its own name.
   */
  | {
      readonly kind: 'tree';
      readonly name: string;
      readonly source: Source;
      readonly as: string;
      readonly attributes: Attributes;
      readonly at: OptionPath;
    }
  /** A raw tar with one file of this text. */
  | {
      readonly kind: 'text';
      readonly name: string;
      readonly text: string;
      readonly as: string;
      readonly attributes: Attributes;
      readonly at: OptionPath;
    }
  /** The bytes of a file as they are. */
  | { readonly kind: 'raw'; readonly name: string; readonly source: Source; readonly at: OptionPath };

/** What a step hands to the user. `name` is a plain file name in the output folder, unique in a build. */
export interface ArtifactPlan {
  readonly name: string;
  readonly at: OptionPath;
  readonly from: /** What the script brought out under that payload name, as one file. */
    | {
        readonly kind: 'payload';
        readonly payload: string;
        /** It is that disk of this step alone, compressed. */
        readonly compressed?: { readonly disk: string; readonly format: CompressedImageFormat };
      }
    /** The same, a raw tar, unpacked by the host's hostile-proof reader: a folder, or one file. */
    | { readonly kind: 'unpacked-payload'; readonly payload: string }
    /** A disk of this step alone (`ownDisks`), raw or as an image of that format; `of` is the build's disk that it shows. */
    | { readonly kind: 'disk'; readonly disk: string; readonly of: string; readonly format?: DiskImageFormat }
    /** A file that `apply` writes. */
    | { readonly kind: 'host' };
}

/** What every kind of step tells: what it reads, what it writes. */
interface Effects {
  /** For people, one line: "format main:1 as ext4". */
  readonly title: string;
  /** Disks as they are after the step; those not named stay as they were. */
  readonly disks?: readonly Disk[];
  readonly artifacts?: readonly ArtifactPlan[];
  /** Lines that the plan shows: what is kept and why, a fence that is down. */
  readonly notes?: readonly string[];
}

export interface GuestEffects extends Effects {
  readonly payloadsIn?: readonly PayloadInPlan[];
  readonly ownDisks?: readonly OwnDisk[];
  /** What the script says: it calls `vmb_tools`, for programs that are not in the build-VM itself. */
  readonly tools?: boolean;
  readonly regions?: readonly PlannedRegion[];
  readonly resizes?: PlannedResize;
  readonly timeoutMs?: number;
  /** It reads disks of the build and writes none, so that nothing after it depends on its result. */
  readonly onlyReads?: boolean;
  /** A session of its own: its frames are its own word. */
  readonly ownSession?: boolean;
  /** It runs programs of this architecture, which lie in a volume; `at` is the option that says so. */
  readonly runsPrograms?: { readonly arch: World['arch']; readonly at: OptionPath };
  /** It runs in a target-VM: the disk itself is booted. Its script is all that the session carries out. */
  readonly target?: TargetPlan;
  /** Room that the step needs on the payload-out disk, when it is not the session's disks and a quarter. */
  readonly payloadOutBytes?: number;
}

/** The disk that a target-VM starts, and how. */
export interface TargetPlan {
  readonly disk: string;
  readonly boot:
    | { readonly kind: 'firmware'; readonly firmware: 'bios' | 'uefi' }
    /** Without the disk's own boot loader. */
    | { readonly kind: 'kernel'; readonly kernel: HostInput; readonly commandLine: string };
  readonly at: OptionPath;
}

/** An input of a host action: host bytes, or what the plan has the guest bring out before. */
export type HostInput =
  | {
      readonly kind: 'source';
      readonly source: Source;
      readonly at: OptionPath;
      /** A folder will do as well. */
      readonly mayBeFolder?: true;
    }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'place'; readonly volume: Volume; readonly path: string }
  /** Everything that a raw disk image holds, as the guest sees it: `Host.listed` reads it. */
  | { readonly kind: 'image'; readonly source: Source; readonly sizeBytes: number; readonly at: OptionPath };

export interface HostEffects extends Effects {
  readonly inputs: ReadonlyMap<string, HostInput>;
  /** What it makes depends on the build before this one. */
  readonly looksBack?: boolean;
  /** Files that `apply` writes and the plan then copies into volumes, by the name that apply calls them. */
  readonly bringsIn?: ReadonlyMap<string, { readonly volume: Volume; readonly path: string }>;
}

export type FetchEffects = Effects & FetchWish;

interface Described<S extends TObject> {
  /** The file's name, and what `use` says. */
  readonly name: string;
  /** One line, for `vmb jobs`. */
  readonly summary: string;
  /** JSON Schema of the options without `use` and `id`: every property described, unknown keys refused. */
  readonly schema: S;
}

export interface GuestJob<S extends TObject> extends Described<S> {
  plan(options: Static<S>, world: World): Omit<GuestEffects, 'tools'>;
  /** POSIX sh for the build-VM; docs/border.md says what it finds there. */
  script(options: Static<S>, world: World): Script;
}

export interface HostJob<S extends TObject> extends Described<S> {
  plan(options: Static<S>, world: World): HostEffects;
  apply(options: Static<S>, host: Host, world: World): Promise<void>;
}

/** A job that only makes disks: no script, done before the session boots. */
export interface DiskJob<S extends TObject> extends Described<S> {
  plan(options: Static<S>, world: World): Effects;
}

/** A job that brings bytes of elsewhere to this machine: done before the first boot. */
export interface FetchJob<S extends TObject> extends Described<S> {
  plan(options: Static<S>, world: World): FetchEffects;
}

/** What a planned step carries out. */
export type Work =
  | { readonly kind: 'guest'; readonly effects: GuestEffects; readonly script: string }
  | { readonly kind: 'host'; readonly effects: HostEffects; apply(host: Host): Promise<void> }
  | { readonly kind: 'fetch'; readonly effects: FetchEffects }
  | { readonly kind: 'disk'; readonly effects: Effects };

/** Options of one job in a build file, checked against its schema and normalised. */
export interface BoundJob {
  readonly options: unknown;
  /** @throws JobMistake */
  plan(world: World): Work;
}

/** A job as the runner sees it: no types of its options. */
export interface Job {
  readonly name: string;
  readonly summary: string;
  readonly schema: TObject;
  bind(options: unknown): Checked<BoundJob>;
}

/** Makes a job whose steps run in the guest. */
export function guestJob<S extends TObject>(job: GuestJob<S>): Job {
  return define(job, (options, world) => guestWork(job, options, world));
}

function guestWork<S extends TObject>(
  job: Pick<GuestJob<S>, 'plan' | 'script'>,
  options: Static<S>,
  world: World,
): Work {
  const effects = job.plan(options, world);
  const { text, tools } = job.script(options, world);
  return { kind: 'guest', effects: tools ? { ...effects, tools } : effects, script: `${text}\n` };
}

/** Makes a job whose steps are host actions. */
export function hostJob<S extends TObject>(job: HostJob<S>): Job {
  return define(job, (options, world) => hostWork(job, options, world));
}

function hostWork<S extends TObject>(job: Pick<HostJob<S>, 'plan' | 'apply'>, options: Static<S>, world: World): Work {
  return { kind: 'host', effects: job.plan(options, world), apply: (host) => job.apply(options, host, world) };
}

/** Makes a job whose steps run in the guest, or where `onHost` says so are host actions. */
export function guestOrHostJob<S extends TObject>(
  job: Described<S> & {
    readonly onHost: (options: Static<S>) => boolean;
    readonly guest: Pick<GuestJob<S>, 'plan' | 'script'>;
    readonly host: Pick<HostJob<S>, 'plan' | 'apply'>;
  },
): Job {
  return define(job, (options, world) =>
    job.onHost(options) ? hostWork(job.host, options, world) : guestWork(job.guest, options, world),
  );
}

/** Makes a job that only makes disks. */
export function diskJob<S extends TObject>(job: DiskJob<S>): Job {
  return define(job, (options, world) => ({ kind: 'disk', effects: job.plan(options, world) }));
}

/** Makes a job that fetches. */
export function fetchJob<S extends TObject>(job: FetchJob<S>): Job {
  return define(job, (options, world) => ({ kind: 'fetch', effects: job.plan(options, world) }));
}

function define<S extends TObject>(job: Described<S>, plan: (options: Static<S>, world: World) => Work): Job {
  const check = checker(job.schema);
  return {
    name: job.name,
    summary: job.summary,
    schema: job.schema,
    bind(options) {
      const checked = check(options);
      if (!checked.ok) return checked;
      return { ok: true, value: { options: checked.value, plan: (world) => plan(checked.value, world) } };
    },
  };
}
