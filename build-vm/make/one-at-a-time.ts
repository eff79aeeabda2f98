// Lets one process at a time work on a folder. The lock is a socket name, which the kernel frees when its holder ends, however
// it ends: there are no stale locks.
import { connect, createServer, type Server } from 'node:net';
import { sha256OfText } from './digest.ts';

/**
 * Runs `work` while no other process holds `folder`; calls `onWait` once when it has to wait.
 * The name is in Linux's abstract namespace (unix(7)): nothing appears in the filesystem.
 */
export async function oneAtATime<T>(folder: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const name = `\0vmb-${sha256OfText(folder)}`;
  let server = await tryToHold(name);
  if (server === undefined) onWait();
  while (server === undefined) {
    await untilFree(name);
    server = await tryToHold(name);
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}

/** The held socket, or undefined when somebody else holds it. */
function tryToHold(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.unref();
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => resolve(server));
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
