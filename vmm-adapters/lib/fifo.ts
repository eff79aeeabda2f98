// A real pipe for a program's output. Node gives programs socket pairs, into which every write becomes a buffer of its own:
// QEMU writes a serial port's bytes one by one, and 1 MB took it 5.2 s through a socket pair, 2.1 s through a pipe.
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export interface Fifo {
  readonly reader: Readable;
  /** For the program to write to; to be closed here once the program has it, so that its end is the pipe's end. */
  readonly writer: number;
}

/** `make` makes a FIFO, as mkfifo(1) does. It has its name only for a moment. */
export async function openFifo(make: (path: string) => Promise<unknown>): Promise<Fifo> {
  const folder = await mkdtemp(join(tmpdir(), 'vmb-pipe-'));
  try {
    const path = join(folder, 'pipe');
    await make(path);
    // The reader first: without one, opening for writing waits.
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const writer = openSync(path, constants.O_WRONLY);
      return { reader: new Socket({ fd: reader, readable: true, writable: false }), writer };
    } catch (error) {
      closeSync(reader);
      throw error;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
