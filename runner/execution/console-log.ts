// Writes down what comes over a session's serial console, as text, for whoever has to look closer.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SessionEvent } from '../../build-vm/border/session.ts';

export interface ConsoleLog {
  readonly path: string;
  write(event: SessionEvent): void;
  close(): void;
}

/** Replaces an older log of the same path. */
export function openConsoleLog(path: string): ConsoleLog {
  mkdirSync(dirname(path), { recursive: true });
  const descriptor = openSync(path, 'w', 0o600);
  const line = (text: string) => writeSync(descriptor, `${text}\n`);
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
          writeSync(descriptor, event.bytes);
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
