// Follows the serial console of a machine: shows it, watches for a text, and lets the user's keys through.
import type { Duplex } from 'node:stream';
import type { Context } from './command.ts';

/** Ctrl-], which also ends telnet and virsh console: guests have no use for it. */
const endKey = 0x1d;

export interface Console {
  /** Resolves when the text was seen; never without one. */
  readonly seen: Promise<void>;
  /** Resolves when the user asked for the end. */
  readonly left: Promise<void>;
  /** Gives the terminal back. */
  close(): void;
}

/** `expected`: text to watch for; then the user's keys stay with the user. */
export function followConsole(
  serial: Duplex,
  expected: string | undefined,
  context: Pick<Context, 'stdin' | 'stdout' | 'stderr'>,
): Console {
  const watch = makeWatch(expected);
  serial.on('data', (bytes: Buffer) => {
    context.stdout.write(bytes);
    watch.take(bytes);
  });
  serial.on('error', () => {
    // The machine is gone; how, its exit tells.
  });
  const { stdin } = context;
  if (expected !== undefined || stdin.isTTY !== true || context.stdout.isTTY !== true) {
    return { seen: watch.seen, left: new Promise(() => undefined), close: () => undefined };
  }
  context.stderr.write('Your keys go to the machine. Ctrl-] ends it.\n');
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const onKeys = (keys: Buffer) => {
    if (keys.includes(endKey)) leave();
    else serial.write(keys);
  };
  stdin.setRawMode(true);
  stdin.on('data', onKeys);
  return {
    seen: watch.seen,
    left,
    close() {
      stdin.off('data', onKeys);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}

/** Finds a text in bytes that come in pieces. Without one nothing is ever seen. */
export function makeWatch(expected: string | undefined): { take(bytes: Buffer): void; readonly seen: Promise<void> } {
  const wanted = Buffer.from(expected ?? '');
  let see = (): void => undefined;
  const seen = new Promise<void>((resolve) => {
    see = resolve;
  });
  let before = Buffer.alloc(0);
  return {
    seen,
    take(bytes) {
      if (expected === undefined) return;
      const together = Buffer.concat([before, bytes]);
      if (together.includes(wanted)) see();
      before = Buffer.from(together.subarray(Math.max(0, together.length - wanted.length + 1)));
    },
  };
}
