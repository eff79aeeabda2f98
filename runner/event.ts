// Everything that happens in a build, as one documented union: progress, JSON lines and logs only consume it.
// `--json` prints one event a line with `schema: 1` added; names and meanings of these fields are stable (docs/events.md).

/** A finished artifact. */
export interface ArtifactFact {
  readonly name: string;
  readonly path: string;
  /** "file" or "folder"; the digest of a folder is that of its files, modes and names. */
  readonly kind: 'file' | 'folder';
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Only of an image of a disk that is not raw: its format, and the disk that is in it as a machine sees it. */
  readonly image?: ImageFact;
}

export interface ImageFact {
  /** "qcow2", "raw.gz": as the build file says. */
  readonly format: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** How a build on several VMMs came out. */
export interface Comparison {
  /** As `--vmm` names them; the first is what the others are compared with. */
  readonly vmms: readonly string[];
  readonly equal: boolean;
  readonly difference?: {
    readonly step: number;
    readonly title: string;
    /** Name of an artifact, or what else the step made or told. */
    readonly what: string;
    /** "in main:1 at its byte 4096 (byte 1052672 of the disk)" */
    readonly where: string;
    /** The two that differ. */
    readonly vmms: readonly string[];
    /** What differs, from each of the two; kept with --keep only. */
    readonly paths: readonly string[];
  };
}

export type BuildEvent =
  | {
      readonly type: 'build-started';
      readonly repository: string;
      readonly name: string;
      readonly version: string;
      readonly arch: string;
      /** Which image of its matrix. */
      readonly variant?: string;
      readonly buildVm: string;
      readonly steps: number;
      readonly sessions: number;
    }
  /** Something that the user should know and need not act on: which accelerator and why, a repeated boot, a kept volume. */
  | { readonly type: 'note'; readonly text: string }
  /** Bytes of a disk or another file go to the VMM's machine or come back; only of what takes longer than a second. */
  | {
      readonly type: 'transfer';
      /** "joe@build1" */
      readonly host: string;
      readonly direction: 'there' | 'back';
      readonly name: string;
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  /** A file comes to this machine; of what takes longer than a second before its end, too. No secret is in `from`. */
  | {
      readonly type: 'fetch';
      readonly name: string;
      /** "https://host/path", or "apt" */
      readonly from: string;
      readonly doneBytes: number;
      /** Absent where the other side does not tell; at the end what came. */
      readonly totalBytes?: number;
    }
  | {
      readonly type: 'vmm-chosen';
      readonly vmm: string;
      readonly version: string;
      /** The machine that it runs on, as `--host` says; absent for this one. */
      readonly host?: string;
      readonly hardware: boolean;
      readonly because: string;
    }
  /** A session's disks are being placed. */
  | {
      readonly type: 'session-started';
      readonly session: string;
      readonly steps: readonly number[];
      /** The disk of the build that is booted instead of the build-VM. */
      readonly target?: string;
      readonly command: readonly string[];
    }
  | {
      readonly type: 'session-ready';
      readonly session: string;
      readonly guestUptimeMs: number;
      readonly hostMs: number;
    }
  | { readonly type: 'session-ended'; readonly session: string; readonly durationMs: number }
  | {
      readonly type: 'step-started';
      readonly step: number;
      readonly job: string;
      readonly title: string;
      readonly fingerprint: string;
    }
  /** Output of a step, a whole line (or 64 KiB of one), decoded as UTF-8 with replacement characters. */
  | { readonly type: 'step-output'; readonly step: number; readonly text: string }
  | {
      readonly type: 'step-done';
      readonly step: number;
      readonly durationMs: number;
      readonly facts: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'step-failed';
      readonly step: number;
      readonly title: string;
      /** "images/x/build.toml:41:1" */
      readonly place: string;
      readonly durationMs: number;
      /** "the command ended with exit code 3" and its like, without the output. */
      readonly message: string;
      /** The last 20 lines of its output, oldest first. */
      readonly lastLines: readonly string[];
      /** Everything that came over the serial console, as text. */
      readonly consoleLog: string | undefined;
      /** Command lines that show more. */
      readonly lookCloser: readonly string[];
    }
  /** Several VMMs carry the same build out, one after the other; what comes up to `vmm-done` is about the first of them. */
  | { readonly type: 'comparison-started'; readonly vmms: readonly string[] }
  | { readonly type: 'vmm-done'; readonly vmm: string; readonly durationMs: number }
  | { readonly type: 'compared'; readonly comparison: Comparison }
  | { readonly type: 'artifact'; readonly artifact: ArtifactFact }
  | {
      readonly type: 'build-done';
      readonly durationMs: number;
      readonly record: string;
      readonly artifacts: readonly ArtifactFact[];
    }
  | {
      readonly type: 'build-failed';
      readonly durationMs: number;
      readonly code: string;
      readonly exitCode: number;
      readonly message: string;
    };

/** Takes events as they happen; must not throw. */
export type EventSink = (event: BuildEvent) => void;
