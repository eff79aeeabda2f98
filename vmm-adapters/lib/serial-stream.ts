// Makes one duplex stream of a started program's standard input and output: the serial console of a machine.
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
  const end = () => {
    if (!serial.readableEnded) serial.push(null);
  };
  stdout.on('data', (bytes: Buffer) => {
    if (!serial.push(bytes)) stdout.pause();
  });
  stdout.pause();
  stdout.once('end', end);
  stdout.once('error', end);
  stdin.on('error', () => undefined);
  return serial;
}
