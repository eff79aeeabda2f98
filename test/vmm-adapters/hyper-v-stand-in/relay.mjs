// Carries out vmb's one script that is more than cmdlets: the relay of a machine's pipe. It is known by its SHA-256 and nothing else is run.
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { machines } from './machines.mjs';

/** Of the script but for its first line, which names the pipe. A test holds it against the script. */
export const relayDigest = '9a03a2f99e7bcc27699bc59321183b793332f5de2c792504aca0b0bb150dcd4a';

const firstLine =
  /^\$pipe = New-Object IO\.Pipes\.NamedPipeClientStream\('\.', '([A-Za-z0-9.-]+)', 'InOut', 'Asynchronous'\)\n/;
const greeting = 'vmb: the pipe is open\n';

/** Whether `text` is the relay; then it runs until one side ends. */
export function isRelay(text) {
  return firstLine.test(text) && createHash('sha256').update(text.replace(firstLine, '')).digest('hex') === relayDigest;
}

export async function relay(text) {
  const path = `\\\\.\\pipe\\${firstLine.exec(text)[1]}`;
  const port = machines()
    .flatMap(({ comPorts }) => Object.values(comPorts))
    .find((candidate) => candidate.path === path);
  const socket = await open(port === undefined ? path : join(port.folder, port.path), Date.now() + 60_000);
  if (socket === undefined) return 1;
  process.stdout.write(greeting);
  socket.pipe(process.stdout);
  process.stdin.pipe(socket);
  await new Promise((resolve) => {
    socket.once('close', resolve);
    process.stdin.once('end', resolve);
  });
  // The guest's last words may still be on their way.
  await new Promise((resolve) => process.stdout.write('', resolve));
  return 0;
}

async function open(path, givesUpAt) {
  for (;;) {
    const socket = await new Promise((resolve) => {
      const tried = connect(path, () => resolve(tried));
      tried.once('error', () => resolve(undefined));
    });
    if (socket !== undefined || Date.now() > givesUpAt) return socket;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
