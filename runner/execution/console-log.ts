// Writes down what comes over a session's serial console, as text, for whoever has to look closer.

import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFullySync } from '../../base/write-fully.ts';
import type { SessionEvent } from '../../build-vm/border/session.ts';

export interface ConsoleLog {
  readonly path: string;
  write(event: SessionEvent): void;
  close(): void;
}

/** More than anybody reads; a guest may print until the disk of the host is full. */
const mostLogBytes = 256 * 1024 * 1024;

const endOfLog = '\n--- the rest is not written down: the log would become too large\n';

/** Replaces an older log of the same path. */
export function openConsoleLog(path: string, mostBytes = mostLogBytes): ConsoleLog {
  mkdirSync(dirname(path), { recursive: true });
  const descriptor = openSync(path, 'w', 0o600);
  let left = mostBytes;
  const put = (bytes: Uint8Array) => {
    if (left <= 0) return;
    left -= bytes.length;
    writeFullySync(descriptor, bytes);
    if (left <= 0) writeFullySync(descriptor, Buffer.from(endOfLog));
  };
  const line = (text: string) => put(Buffer.from(`${text}\n`));
  return {
    path,
    write(event) {
      switch (event.type) {
        case 'ready':
          line(`--- ready after ${event.guestUptimeMs} ms of the guest's clock`);
          return;
        case 'step-started':
          line(`--- step ${event.number}`);
          return;
        case 'output':
          put(event.bytes);
          return;
        case 'kernel':
          line(`kernel: ${event.line}`);
          return;
        case 'console':
          line(`console: ${event.line}`);
          return;
        case 'step-ended':
          line(`--- step ${event.result.number} ended: ${JSON.stringify(event.result.outcome)}`);
          return;
      }
    },
    close: () => closeSync(descriptor),
  };
}
