// Talks to QEMU over its QMP wire: one command at a time, events as they come.
import type { Duplex } from 'node:stream';
import { makeQmpReader, type QmpMessage } from './qmp-messages.ts';

export type QmpEvent = Extract<QmpMessage, { kind: 'event' }>;

export interface Qmp {
  /** The command's answer. Rejects when QEMU refuses it, or is gone before it answers. */
  execute(command: string): Promise<unknown>;
  /** Resolves when QEMU has hung up and every event was given out. */
  readonly closed: Promise<void>;
}

export function openQmp(stream: Duplex, onEvent: (event: QmpEvent) => void): Qmp {
  const reader = makeQmpReader();
  const waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  stream.on('data', (bytes: Buffer) => {
    for (const message of reader.take(bytes)) {
      if (message.kind === 'event') onEvent(message);
      else if (message.kind === 'return') waiting.shift()?.resolve(message.value);
      else if (message.kind === 'error') waiting.shift()?.reject(new Error(message.message));
    }
  });
  stream.on('error', () => {
    // QEMU was killed; `close` follows.
  });
  const closed = new Promise<void>((resolve) => {
    stream.once('close', () => {
      for (const { reject } of waiting.splice(0)) reject(new Error('QEMU ended before it answered'));
      resolve();
    });
  });
  return {
    closed,
    execute: (command) =>
      new Promise((resolve, reject) => {
        if (stream.destroyed) return reject(new Error('QEMU has ended'));
        waiting.push({ resolve, reject });
        stream.write(`${JSON.stringify({ execute: command })}\n`);
      }),
  };
}
