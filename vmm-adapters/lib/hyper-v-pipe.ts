// Connects to the named pipe that is a machine's serial port; it is there only while the machine runs.
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { AdapterError } from './adapter-error.ts';
import { codeOf } from './host-files.ts';
import { serialOf } from './serial-stream.ts';

/** From Start-VM's return to the pipe: no time at all on a host that has some to spare. */
const appearMs = 60_000;
const retryMs = 50;

/** What the guest says before that is lost, and said again. @throws AdapterError when the pipe does not come in time */
export async function connectPipe(path: string, signal: AbortSignal, deadlineMs = appearMs): Promise<Duplex> {
  const givesUpAt = performance.now() + deadlineMs;
  for (;;) {
    signal.throwIfAborted();
    const result = await tryOnce(path);
    if (typeof result === 'object') return serialOf({ stdin: result, stdout: result });
    if (performance.now() >= givesUpAt) {
      throw new AdapterError(
        'machine-start-failed',
        `${path}: the machine started, but its serial port did not come within ${deadlineMs / 1000} s (${result}).`,
      );
    }
    await setTimeout(retryMs);
  }
}

/** The connection, or the code of what went wrong. */
function tryOnce(path: string): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error) => resolve(String(codeOf(error) ?? error.message)));
  });
}
