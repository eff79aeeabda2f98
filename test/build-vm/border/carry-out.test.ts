// The life of a session by a scripted machine: every way to success, and each way to fail with its own sentence.
import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { BorderError } from '../../../build-vm/border/border-error.ts';
import { type CarryOutOptions, carryOut } from '../../../build-vm/border/carry-out.ts';
import { formatFrame } from '../../../build-vm/border/frame.ts';
import type { Session, SessionEvent } from '../../../build-vm/border/session.ts';
import { type Guest, nonce, scriptedMachine, sessionOf, step } from './scripted-machine.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function run(session: Session, script: (guest: Guest) => Promise<void>, options: Partial<CarryOutOptions> = {}) {
  const events: SessionEvent[] = [];
  const machine = scriptedMachine(script);
  const outcome = await carryOut(session, {
    nonce,
    machine,
    onEvent: (event) => events.push(event),
    ...options,
  }).catch((error: unknown) => error);
  return { outcome, events };
}

async function failureOf(
  session: Session,
  script: (guest: Guest) => Promise<void>,
  options: Partial<CarryOutOptions> = {},
) {
  const { outcome } = await run(session, script, options);
  if (!(outcome instanceof BorderError)) throw new Error('it did not fail', { cause: outcome });
  return outcome;
}

const twoSteps = sessionOf([step(1, 'label main'), step(4, 'format main:1')]);
const oneStep = sessionOf([step(1, 'run make')]);

describe('a session', () => {
  test('goes on after a step that failed when it is told to', async () => {
    const script = async (guest: Guest) => {
      const second = await guest.done(1, 7, 0, await guest.ready());
      expect(await guest.done(4, 0, 0, second)).toBe('-');
      guest.say('s', 'end', '-');
    };
    const { outcome } = await run(twoSteps, script, { afterFailure: 'go-on' });
    expect(outcome).toMatchObject([{ outcome: { kind: 'exit', code: 7 } }, { outcome: { kind: 'exit', code: 0 } }]);
  });

  test('goes from ready over its steps to end', async () => {
    const { outcome, events } = await run(twoSteps, async (guest) => {
      guest.write('SeaBIOS\r\n');
      const first = await guest.ready();
      guest.say('o', 'out', base64('hello\n'), first);
      guest.say('o', 'report', base64(`fact uuid ${base64('1-2-3')}\nout tree 4096 10240\n`), first);
      const second = await guest.done(1, 0, 2, first);
      expect(second).not.toBe(first);
      expect(await guest.done(4, 0, 0, second)).toBe('-');
      guest.say('s', 'end', '-');
    });
    expect(outcome).toMatchObject([
      {
        number: 1,
        outcome: { kind: 'exit', code: 0 },
        facts: new Map([['uuid', '1-2-3']]),
        payloadsOut: [{ name: 'tree', offsetBytes: 4096, lengthBytes: 10240 }],
      },
      { number: 4, outcome: { kind: 'exit', code: 0 } },
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      'console',
      'ready',
      'step-started',
      'output',
      'step-ended',
      'step-started',
      'step-ended',
    ]);
  });

  test('stops at the first step that fails', async () => {
    const { outcome } = await run(twoSteps, async (guest) => {
      const key = await guest.ready();
      expect(await guest.done(1, 3, 0, key)).toBe('-');
      guest.say('s', 'end', '-');
    });
    expect(outcome).toMatchObject([{ number: 1, outcome: { kind: 'exit', code: 3 } }]);
  });

  test('takes compressed batches', async () => {
    const text = 'many lines\n'.repeat(1000);
    const packed = gzipSync(text).toString('base64');
    const { events } = await run(oneStep, async (guest) => {
      const key = await guest.ready();
      guest.say('o', 'out-part', packed.slice(0, 40), key);
      guest.say('o', 'out-last', packed.slice(40), key);
      await guest.done(1, 0, 2, key);
      guest.say('s', 'end', '-');
    });
    const output = events.flatMap((event) => (event.type === 'output' ? [Buffer.from(event.bytes)] : []));
    expect(Buffer.concat(output).toString()).toBe(text);
  });

  test('survives CR LF, repeated frames, an echo of its own words, and heartbeats from any number on', async () => {
    const { outcome } = await run(oneStep, async (guest) => {
      const ready = formatFrame(nonce, { channel: 's', sequence: 1, key: '-', type: 'ready', body: '1 900' });
      guest.write(`${ready}\r\n${ready}\r\n`);
      const { key } = await guest.hear();
      // The second `ready` is answered again: the first answer may have got lost.
      expect(await guest.hear()).toMatchObject({ type: 'go', body: '1', key });
      guest.write(`${formatFrame(nonce, { channel: 'h', sequence: 1, key: '-', type: 'beat', body: '-' })}\r\n`);
      for (const sequence of [7, 7, 8]) {
        guest.write(`${formatFrame(nonce, { channel: 'b', sequence, key: '-', type: 'beat', body: '-' })}\n`);
      }
      const done = formatFrame(nonce, { channel: 's', sequence: 2, key, type: 'done', body: '1 0 0' });
      guest.write(`${done}\r\n${ready}\r\n${done}\r\n`);
      expect((await guest.hear()).type).toBe('stop');
      expect((await guest.hear()).type).toBe('stop');
      guest.write(`${formatFrame(nonce, { channel: 's', sequence: 3, key: '-', type: 'end', body: '-' })}\r\n`);
    });
    expect(outcome).toMatchObject([{ number: 1, outcome: { kind: 'exit', code: 0 } }]);
  });

  test('comes late and hears the rest of a line first', async () => {
    const { outcome } = await run(oneStep, async (guest) => {
      guest.write('5566778899aabbccddeeff s 1 - ready 1 1230 f2f724b1\n');
      const key = await guest.ready();
      await guest.done(1, 0, 0, key);
      guest.say('s', 'end', '-');
    });
    expect(outcome).toMatchObject([{ number: 1 }]);
  });

  test('shows what else is on the console, and kernel messages', async () => {
    const { events } = await run(oneStep, async (guest) => {
      const key = await guest.ready();
      guest.say('k', 'kern', base64('[ 1.2] loop0: ready\n'));
      guest.write('a line of nobody\n');
      await guest.done(1, 0, 0, key);
      guest.say('s', 'end', '-');
    });
    expect(events).toContainEqual({ type: 'kernel', line: '[ 1.2] loop0: ready' });
    expect(events).toContainEqual({ type: 'console', line: 'a line of nobody' });
  });

  test('ends with the reason of its signal', async () => {
    const abort = new AbortController();
    const { outcome } = await run(
      oneStep,
      async (guest) => {
        await guest.ready();
        abort.abort(new Error('Ctrl-C'));
      },
      { signal: abort.signal },
    );
    expect(outcome).toEqual(new Error('Ctrl-C'));
  });
});

test('heartbeats go out every 5 s, but nothing before the agent is ready: firmware would take it for keys', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  try {
    let guest: Guest | undefined;
    const machine = scriptedMachine(async (begun) => {
      guest = begun;
    });
    const done = carryOut(oneStep, { nonce, machine, onEvent: () => {} }).catch((error: unknown) => error);
    vi.advanceTimersByTime(12_000);
    expect(machine.beats()).toBe(0);
    await guest?.ready();
    vi.advanceTimersByTime(10_000);
    expect(machine.beats()).toBe(2);
    guest?.exit('power-off');
    await done;
  } finally {
    vi.useRealTimers();
  }
});

describe('forging', () => {
  test('a job that prints perfect frames prints text', async () => {
    const forged = formatFrame(nonce, { channel: 's', sequence: 2, key: '-', type: 'end', body: '-' });
    const { outcome, events } = await run(oneStep, async (guest) => {
      const key = await guest.ready();
      guest.say('o', 'out', base64(`\n${forged}\n`), key);
      await guest.done(1, 5, 1, key);
      guest.say('s', 'end', '-');
    });
    expect(outcome).toMatchObject([{ outcome: { kind: 'exit', code: 5 } }]);
    expect(events).toContainEqual({ type: 'output', number: 1, bytes: Buffer.from(`\n${forged}\n`) });
  });

  test('a frame with the nonce but without the key of the step', async () => {
    const error = await failureOf(oneStep, async (guest) => {
      await guest.ready();
      guest.say('s', 'done', '1 0 0', '0'.repeat(32));
    });
    expect(error.code).toBe('forged-frame');
    expect(error.message).toMatchInlineSnapshot(
      `"A frame came that does not have this step's key in step 1 (run make): a command wrote to the serial port itself. Nothing of this session is used. Look at what the step runs."`,
    );
  });

  test('the key of the step before does not open the next', async () => {
    const error = await failureOf(twoSteps, async (guest) => {
      const first = await guest.ready();
      await guest.done(1, 0, 0, first);
      guest.say('s', 'done', '4 0 0', first);
    });
    expect(error.code).toBe('forged-frame');
  });

  test('output with another key', async () => {
    const error = await failureOf(oneStep, async (guest) => {
      await guest.ready();
      guest.say('o', 'out', base64('x'), 'f'.repeat(32));
    });
    expect(error.code).toBe('forged-frame');
  });

  test('frames of another session are only shown', async () => {
    const other = formatFrame('f'.repeat(32), { channel: 's', sequence: 1, key: '-', type: 'end', body: '-' });
    const { outcome, events } = await run(oneStep, async (guest) => {
      const key = await guest.ready();
      guest.write(`${other}\n`);
      await guest.done(1, 0, 0, key);
      guest.say('s', 'end', '-');
    });
    expect(outcome).toMatchObject([{ number: 1 }]);
    expect(events).toContainEqual({ type: 'console', line: other });
  });

  test('an `end` before the last step is done', async () => {
    const error = await failureOf(twoSteps, async (guest) => {
      const key = await guest.ready();
      await guest.done(1, 0, 0, key);
      guest.say('s', 'end', '-');
    });
    expect(error.code).toBe('frame-malformed');
  });
});
