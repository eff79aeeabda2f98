// Any tree of files, folders and links that stay inside, as tar entries.
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import type { TarEntry } from '../../../build-vm/border/tar-write.ts';

/** A file name of any bytes but `/` and zero, and neither `.` nor `..`. */
export function anyName(maxLength: number): fc.Arbitrary<Buffer> {
  return fc
    .uint8Array({ min: 1, max: 255, minLength: 1, maxLength })
    .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x2f ? 0x5f : byte))))
    .filter((name) => !['.', '..'].includes(name.toString('latin1')));
}

const anyNode = fc.oneof(
  fc.record({
    kind: fc.constant('file' as const),
    bytes: fc.uint8Array({ maxLength: 3000 }),
    mode: fc.integer({ min: 0, max: 0o777 }),
  }),
  fc.record({ kind: fc.constant('folder' as const), mode: fc.integer({ min: 0, max: 0o777 }) }),
  fc.record({ kind: fc.constant('symlink' as const), target: fc.oneof(anyName(50), anyName(240)) }),
);

async function* content(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Two levels: what stands below a folder's name, and beside it. Every folder can be entered and written to by its owner. */
export const anyEntries: fc.Arbitrary<TarEntry[]> = fc
  .array(fc.tuple(fc.option(anyName(130)), anyName(130), anyNode), { maxLength: 8 })
  .map((nodes) => {
    const entries = new Map<string, TarEntry>();
    const common = { uid: 0, gid: 0, mtimeSeconds: 1_767_225_600 };
    const folder = (path: Buffer, mode: number): TarEntry => ({ ...common, path, mode: mode | 0o700, type: 'folder' });
    for (const [above, name, node] of nodes) {
      const path = above === null ? name : Buffer.concat([above, Buffer.from('/'), name]);
      const key = path.toString('latin1');
      if (above !== null) {
        const known = entries.get(above.toString('latin1'));
        if (known !== undefined && known.type !== 'folder') continue;
        entries.set(above.toString('latin1'), known ?? folder(above, 0o755));
      }
      if (entries.has(key)) continue;
      if (node.kind === 'folder') entries.set(key, folder(path, node.mode));
      else if (node.kind === 'symlink') {
        entries.set(key, { ...common, path, mode: 0o777, type: 'symlink', target: node.target });
      } else {
        const { bytes, mode } = node;
        const file = { ...common, path, mode: mode | 0o400, sizeBytes: bytes.length, content: () => content(bytes) };
        entries.set(key, { ...file, type: 'file' });
      }
    }
    return [...entries.values()];
  });
