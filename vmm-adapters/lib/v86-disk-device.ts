// A block disk in the form in which v86 takes one: any object with these methods. Every answer comes before the call returns.
import { type BlockDiskFiles, openBlockDisk } from './block-disk.ts';
import { codeOf, fullMessage } from './host-files.ts';

export interface V86DiskDevice {
  readonly byteLength: number;
  /** Only for v86's types, which know disks in memory. */
  readonly buffer: ArrayBuffer;
  /** v86 sets it and waits for its call. */
  onload: ((event: object) => void) | undefined;
  load(): void;
  get(start: number, length: number, done: (bytes: Uint8Array) => void): void;
  get_and_cache(start: number, length: number, done: (bytes: Uint8Array) => void): void;
  get_from_cache(start: number, length: number): Uint8Array;
  set(start: number, bytes: Uint8Array, done: () => void): void;
}

/** `failed` is called when the disk cannot be written, with a sentence; the guest hears nothing of it. */
export function makeDiskDevice(files: BlockDiskFiles, failed: (sentence: string) => void): V86DiskDevice {
  const disk = openBlockDisk(files);
  // v86 copies the bytes before it asks for others.
  const get: V86DiskDevice['get'] = (start, length, done) => done(disk.read(start, length));
  return {
    byteLength: files.sizeBytes,
    buffer: new ArrayBuffer(0),
    onload: undefined,
    load() {
      this.onload?.({});
    },
    get,
    get_and_cache: get,
    get_from_cache: (start, length) => disk.read(start, length).slice(),
    set(start, bytes, done) {
      try {
        disk.write(start, bytes);
      } catch (error) {
        failed(sentenceOf(files.path, error));
        return;
      }
      done();
    },
  };
}

function sentenceOf(path: string, error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return fullMessage(path);
  return `${path}: the guest's disk cannot be written: ${error instanceof Error ? error.message : String(error)}`;
}
