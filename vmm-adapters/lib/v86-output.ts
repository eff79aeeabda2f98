// Gathers what the guest prints, byte by byte, into messages; a guest that prints faster than it is read stands still.
import { mostUnreadBytes } from './v86-messages.ts';

export interface GatheredOutput {
  add(byte: number): void;
  /** Sends what there is. */
  flush(): void;
}

const messageBytes = 16 * 1024;

/** `unread`: the reader takes away from it what it has read, and notifies. `later` runs a function after the emulator's turn. */
export function gatherOutput(
  unread: Int32Array,
  send: (bytes: Uint8Array) => void,
  later: (flush: () => void) => void,
): GatheredOutput {
  let buffer = new Uint8Array(messageBytes);
  let length = 0;
  let isExpected = false;
  const flush = () => {
    isExpected = false;
    if (length === 0) return;
    const total = Atomics.add(unread, 0, length) + length;
    send(buffer.subarray(0, length));
    buffer = new Uint8Array(messageBytes);
    length = 0;
    waitUntilRead(unread, total);
  };
  return {
    add(byte) {
      buffer[length] = byte;
      length++;
      if (length === messageBytes) return flush();
      if (isExpected) return;
      isExpected = true;
      later(flush);
    },
    flush,
  };
}

/** Stops this thread: the emulator with all its devices, until there is room again or the power is taken away. */
function waitUntilRead(unread: Int32Array, total: number): void {
  for (let now = total; now > mostUnreadBytes; now = Atomics.load(unread, 0)) Atomics.wait(unread, 0, now);
}
