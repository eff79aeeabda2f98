// What a fetch job asks for: pure data, made by the job, carried out by the runner.
import type { Digest } from './digest.ts';
import type { FetchUrl } from './fetch-url.ts';
import type { Attributes } from './file-attributes.ts';
import type { JobMistake } from './mistake.ts';
import type { Script } from './shell.ts';

/** What a fetch asks for. The runner knows what `build.lock` says of it. */
export type FetchPlan =
  | {
      readonly kind: 'file';
      /** Tried in this order. */
      readonly urls: readonly FetchUrl[];
      /** Undefined: what the lock says. */
      readonly digest: Digest | undefined;
      /** A plain file name, for a place that names none. */
      readonly fileName: string;
      readonly mostBytes: number;
      readonly retries: number;
      readonly at: JobMistake['path'];
    }
  /** Debian packages with all that they need, as the lock lists them: a folder of .deb files. */
  | {
      readonly kind: 'packages';
      /** "busybox" or "busybox=1:1.35.0-4"; sorted. */
      readonly names: readonly string[];
      readonly essential: boolean;
      readonly recommends: boolean;
      readonly mostBytes: number;
      readonly retries: number;
      readonly at: JobMistake['path'];
    };

/** A fetch, and what is done with it. */
export interface FetchWish {
  readonly fetch: FetchPlan;
  /** What other jobs call it: fetched:NAME. */
  readonly as: { readonly name: string; readonly at: JobMistake['path'] } | undefined;
  /** A guest step that puts it into a volume; the script finds it as the payload "files". */
  readonly bringsIn:
    | {
        readonly title: string;
        readonly as: string;
        readonly attributes: Attributes;
        readonly script: Script;
        readonly at: JobMistake['path'];
      }
    | undefined;
}
