// A VMM's control wire on another machine: two FIFOs there, and one command that joins them to a channel. Nothing that a server could
// forbid, as it can the forwarding of sockets.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { CommandRunner } from './command.ts';
import { posix } from './posix-shell.ts';
import { serialOf } from './serial-stream.ts';
import type { SshConnection } from './ssh-connection.ts';
import type { ControlWire } from './vmm-host.ts';

/**
 * It holds both FIFOs open in both directions, so that nobody waits for anybody, and what a VMM says in its last moment is not
 * lost. So it never sees the VMM's end; it ends with its input. Its first word, an empty line, says that it is there.
 */
const join = 'exec 3<&0 4<>"$1.in" 5<>"$1.out"; echo; cat <&5 & reader=$!; cat <&3 >&4; kill "$reader"';

/** What is written into PATH.out behind the VMM's last word; no message of QMP. */
const endMark = 'vmb-end';
const endMs = 10_000;

export function fifosOf(path: string): readonly string[] {
  return [`${path}.in`, `${path}.out`];
}

export async function openFifos(
  connection: SshConnection,
  commands: CommandRunner,
  path: string,
): Promise<ControlWire> {
  await commands.run('mkfifo', ['-m', '600', ...fifosOf(path)]);
  const channel = await connection.exec(posix`exec sh -c ${join} vmb ${path}`);
  channel.stderr.resume();
  const ended = channel.exited.then(({ lost }) => {
    if (lost !== undefined) throw lost;
  });
  await Promise.race([once(channel.stdout, 'readable'), ended]);
  ended.catch(() => undefined);
  const wire = serialOf(channel);
  wire.once('end', () => wire.destroy());
  return {
    connection: Promise.resolve(wire),
    async finish() {
      const clock = new AbortController();
      const marked = new Promise<void>((resolve) => {
        let said = '';
        wire.on('data', (bytes: Buffer) => {
          said = (said + bytes.toString('latin1')).slice(-1_000);
          if (said.includes(endMark)) resolve();
        });
      });
      await commands
        .run('sh', ['-c', `printf '\\n${endMark}\\n' >"$1.out"`, 'vmb', path])
        .then(() => Promise.race([marked, ended, setTimeout(endMs, undefined, { signal: clock.signal })]))
        .catch(() => undefined);
      clock.abort();
      wire.destroy();
    },
    async close() {
      channel.stdin.end();
      await commands.run('rm', ['-f', '--', ...fifosOf(path)]).catch(() => undefined);
    },
  };
}
