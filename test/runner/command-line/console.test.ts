// The console on a terminal, and watching for a text in bytes that come in pieces.
import { Duplex, PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { followConsole, makeWatch } from '../../../runner/command-line/console.ts';

async function isSeen(expected: string, pieces: readonly Buffer[]): Promise<boolean> {
  const watch = makeWatch(expected);
  let seen = false;
  void watch.seen.then(() => {
    seen = true;
  });
  for (const piece of pieces) watch.take(piece);
  await Promise.resolve();
  await Promise.resolve();
  return seen;
}

test('a text is seen exactly when it is in the whole, wherever it is cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ü'), maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(
      text,
      text.filter((wanted) => wanted !== ''),
      fc.array(fc.nat(40)),
      async (whole, wanted, cuts) => {
        const bytes = Buffer.from(whole);
        const places = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort(
          (a, b) => a - b,
        );
        const pieces = places.map((place, index) => bytes.subarray(place, places[index + 1]));
        expect(await isSeen(wanted, pieces)).toBe(whole.includes(wanted));
      },
    ),
  );
});

test('without an expectation nothing is ever seen', async () => {
  const watch = makeWatch(undefined);
  watch.take(Buffer.from('anything'));
  expect(await Promise.race([watch.seen.then(() => 'seen'), Promise.resolve('not seen')])).toBe('not seen');
});

test('on a terminal keys go to the machine, Ctrl-] ends it, and the terminal is given back', async () => {
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  const written = { stdout: '', stderr: '' };
  const into = (name: keyof typeof written) => ({
    isTTY: true,
    write: (text: string | Uint8Array) => {
      written[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
    },
  });
  const fromMachine = new PassThrough();
  const toMachine = new PassThrough();
  const serial = Duplex.from({ readable: fromMachine, writable: toMachine });
  const console = followConsole(serial, undefined, { stdin, stdout: into('stdout'), stderr: into('stderr') });
  fromMachine.write('login: ');
  stdin.write('ada\u0003');
  await expect.poll(() => written.stdout).toBe('login: ');
  await expect.poll(() => String(toMachine.read() ?? '')).toBe('ada\u0003');
  stdin.write('\u001d');
  await console.left;
  console.close();
  expect(modes).toEqual([true, false]);
  expect(written.stderr).toBe('Your keys go to the machine. Ctrl-] ends it.\n');
});
