// What can be done with files on another machine: types, and what its answers must look like before anybody believes them.

export interface RemoteFile {
  /** At most `length` bytes from `offset`; fewer only at the file's end. */
  read(offset: number, length: number): Promise<Buffer>;
  put(offset: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Everything throws AdapterError `host-lost` when the machine is gone, `disk-full` when it has no room. */
export interface RemoteFiles {
  /** Undefined when there is no such file. */
  sizeOf(path: string): Promise<number | undefined>;
  /** A new file that is one hole. */
  makeFile(path: string, sizeBytes: number): Promise<void>;
  /** Makes a file longer or shorter; what is new is a hole. */
  resize(path: string, sizeBytes: number): Promise<void>;
  open(path: string, how: 'read' | 'update'): Promise<RemoteFile>;
  /** Replaces what is at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Nothing happens when there is no such file. */
  remove(path: string): Promise<void>;
  /** Only its owner can look into it; nothing happens when it is there. */
  makeFolder(path: string): Promise<void>;
  /** Names in a folder, sorted. @throws AdapterError `host-altered` for a name that is none */
  list(path: string): Promise<string[]>;
}

/** Whether a name that a machine gave can be a file's name, and no way out of its folder. */
export function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\p{Cc}]/u.test(name) && Buffer.byteLength(name) <= 255;
}
