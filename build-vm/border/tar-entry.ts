// One entry of a tar archive as data.

interface Common {
  /** Relative, without `.`, `..` or empty parts; bytes as Linux has them, or text as UTF-8. */
  readonly path: Buffer | string;
  /** Permission bits, with set-user-ID and the like. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds since 1970. */
  readonly mtimeSeconds: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

export type TarEntry = Common &
  (
    | {
        readonly type: 'file';
        readonly sizeBytes: number;
        /** Opened once, when its turn comes; must give exactly `sizeBytes`. */
        readonly content: () => AsyncIterable<Uint8Array>;
      }
    | { readonly type: 'folder' | 'fifo' }
    | { readonly type: 'symlink' | 'hardlink'; readonly target: Buffer | string }
    | { readonly type: 'character-device' | 'block-device'; readonly major: number; readonly minor: number }
  );
