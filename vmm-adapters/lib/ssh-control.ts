// A VMM's control wire on another machine: two FIFOs there, and one command that joins them to a channel. Nothing that a server could
// forbid, as it can the forwarding of sockets.
import type { CommandRunner } from './command.ts';
import { posix } from './posix-shell.ts';
import { serialOf } from './serial-stream.ts';
import type { SshConnection } from './ssh-connection.ts';
import type { ControlWire } from './vmm-host.ts';

/** The VMM opens both for reading and writing and so waits for nobody; when it ends, `cat` finds the end of PATH.out. */
const join = 'exec 3<&0; cat <&3 >"$1.in" & exec 3<&-; cat "$1.out"; kill "$!"';

/** Whoever still waits for the other end of a FIFO gets one for a moment, and so ends. */
const leave = 'for fifo in "$1.in" "$1.out"; do [ ! -p "$fifo" ] || : <>"$fifo"; rm -f -- "$fifo"; done';

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
  const wire = serialOf(channel);
  wire.once('end', () => wire.destroy());
  return {
    connection: Promise.resolve(wire),
    async close() {
      channel.close();
      await commands.run('sh', ['-c', leave, 'vmb', path]).catch(() => undefined);
    },
  };
}
