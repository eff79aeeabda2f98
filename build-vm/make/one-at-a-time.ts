// Lets one process at a time work on a folder. The lock is a socket name, which the kernel frees when its holder ends, however
// it ends: there are no stale locks.
import { connect, createServer, type Socket } from 'node:net';
import { sha256OfText } from './digest.ts';

/**
 * Runs `work` while no other process holds `folder`; calls `onWait` once when it has to wait.
 * The name is in Linux's abstract namespace (unix(7)): nothing appears in the filesystem.
 */
export async function oneAtATime<T>(folder: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const name = `\0vmb-${sha256OfText(folder)}`;
  let release = await tryToHold(name);
  if (release === undefined) onWait();
  while (release === undefined) {
    await untilFree(name);
    release = await tryToHold(name);
  }
  try {
    return await work();
  } finally {
    release();
  }
}

/** Holds the name and returns what lets it go, or undefined when somebody else holds it. */
function tryToHold(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<Socket>();
    const server = createServer((socket) => {
      waiting.add(socket.unref());
      socket.once('error', () => socket.destroy());
      socket.once('close', () => waiting.delete(socket));
    });
    server.unref();
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () =>
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      }),
    );
  });
}

/** Waits on a connection to the holder, which ends with it. */
function untilFree(name: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(name);
    socket.resume();
    socket.once('error', () => resolve());
    socket.once('close', () => resolve());
  });
}
