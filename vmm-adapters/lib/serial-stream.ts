// Makes one duplex stream of what goes into a machine's serial console and what comes out: a program's pipes, or a socket.
import { Duplex } from 'node:stream';
import type { RunningProgram } from './command.ts';

/** Writing to a machine that is gone is no error: how it went, its `exited` tells. */
export function serialOf({ stdin, stdout }: Pick<RunningProgram, 'stdin' | 'stdout'>): Duplex {
  const serial = new Duplex({
    read: () => {
      stdout.resume();
    },
    write: (bytes, _encoding, done) => {
      if (stdin.writable) stdin.write(bytes, () => done());
      else done();
    },
    destroy: (error, done) => {
      stdout.destroy();
      stdin.destroy();
      done(error);
    },
  });
  let over = false;
  const end = () => {
    // A socket may end and then fail as well.
    if (!over) serial.push(null);
    over = true;
  };
  stdout.on('data', (bytes: Buffer) => {
    if (!over && !serial.push(bytes)) stdout.pause();
  });
  stdout.pause();
  stdout.once('end', end);
  stdout.once('error', end);
  stdin.on('error', () => undefined);
  return serial;
}
