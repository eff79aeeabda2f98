// How a session breaks off: each way and stage has a code and a sentence of its own.
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { BorderError } from '../../../build-vm/border/border-error.ts';
import { carryOut } from '../../../build-vm/border/carry-out.ts';
import { formatFrame } from '../../../build-vm/border/frame.ts';
import type { Session } from '../../../build-vm/border/session.ts';
import { type Guest, nonce, scriptedMachine, sessionOf, step } from './scripted-machine.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const session = sessionOf([step(1, 'run make')]);
const idle = async () => {};

async function failure(script: (guest: Guest) => Promise<void>, what: Session = session, graceMs = 20_000) {
  const options = { nonce, machine: scriptedMachine(script), onEvent: () => {}, graceMs };
  const error = await carryOut(what, options).catch((caught: unknown) => caught);
  if (!(error instanceof BorderError)) throw new Error('it did not fail', { cause: error });
  return `${error.code}${error.beforeReady ? ' (before ready)' : ''}: ${error.message}`;
}

describe('before the agent is ready', () => {
  const impatient = sessionOf([], { bootMs: 300 });

  test('nothing on the console', async () => {
    expect(await failure(idle, impatient)).toMatchInlineSnapshot(
      `"console-silent (before ready): The machine showed nothing on its console for 0.3 s: it does not start, or its serial port is not connected. Look at its command line."`,
    );
  });

  test('text, but never ready', async () => {
    const script = async (guest: Guest) => guest.write('\u001b[2JSeaBIOS\r\n\r\nNo bootable device.\r\n');
    expect(await failure(script, impatient)).toMatchInlineSnapshot(`
      "boot-timeout (before ready): The build-VM did not become ready within 0.3 s; its console shows how far it came. On a slow host give it more time.
      The console showed last:
        [2JSeaBIOS
        No bootable device."
    `);
  });

  test('a panic', async () => {
    const script = async (guest: Guest) => {
      guest.write('[    1.07] Kernel panic - not syncing: VFS: Unable to mount root fs\n');
      guest.exit('reset');
    };
    expect(await failure(script)).toMatchInlineSnapshot(`
      "panic (before ready): The build-VM's kernel panicked before the build-VM was ready: Kernel panic - not syncing: VFS: Unable to mount root fs
      The console showed last:
        [    1.07] Kernel panic - not syncing: VFS: Unable to mount root fs"
    `);
  });

  test('a reset', async () => {
    expect(await failure(async (guest) => guest.exit('reset'))).toMatchInlineSnapshot(
      `"reset (before ready): The machine reset itself before the build-VM was ready: its kernel crashed."`,
    );
  });

  test('a power-off', async () => {
    expect(await failure(async (guest) => guest.exit('power-off'))).toMatchInlineSnapshot(
      `"power-off (before ready): The machine powered itself off before the build-VM was ready: it found nothing to start, or heard nothing from vmb for 30 s."`,
    );
  });

  test('a VMM that gives up', async () => {
    const script = async (guest: Guest) => guest.exit('failed', 'qemu: could not open disk.img: Permission denied');
    expect(await failure(script)).toMatchInlineSnapshot(
      `"machine-ended (before ready): The machine ended before the build-VM was ready. It said last: qemu: could not open disk.img: Permission denied"`,
    );
  });

  test('an agent of another version', async () => {
    expect(await failure(async (guest) => guest.write('VMB2 - s 1 - ready 2 de39024b\n'))).toMatchInlineSnapshot(
      `"protocol-version: The guest agent speaks version 2 of the border's protocol, this vmb version 1. Make or load the build-VM that belongs to this vmb."`,
    );
  });

  test('an agent that finds no job disk', async () => {
    const body = `job-disk ${base64('The second disk is not a job disk.')}`;
    const line = formatFrame('-', { channel: 's', sequence: 1, key: '-', type: 'fault', body });
    expect(await failure(async (guest) => guest.write(`${line}\n`))).toMatchInlineSnapshot(
      `"job-disk: The guest agent refused to begin, and nothing was written. The second disk is not a job disk."`,
    );
  });

  test('an agent that finds other disks than the table says', async () => {
    const script = async (guest: Guest) =>
      guest.say('s', 'fault', `disk-table ${base64('Disk 3 (build) should have 5 bytes.')}`);
    expect(await failure(script)).toMatchInlineSnapshot(
      `"disk-table: The guest agent refused to begin, and nothing was written. Disk 3 (build) should have 5 bytes."`,
    );
  });

  test('an agent that does not know the version of the job disk', async () => {
    const script = async (guest: Guest) =>
      guest.say(
        's',
        'fault',
        `protocol-version ${base64('The job disk has version 2; this build-VM speaks version 1.')}`,
      );
    expect(await failure(script)).toMatchInlineSnapshot(
      `"protocol-version: The job disk has version 2; this build-VM speaks version 1. Make or load the build-VM that belongs to this vmb."`,
    );
  });
});

describe('in a step', () => {
  test('a panic that splices into a frame', async () => {
    const script = async (guest: Guest) => {
      const key = await guest.ready();
      const frame = formatFrame(nonce, { channel: 'o', sequence: 1, key, type: 'out', body: base64('hello') });
      guest.write(
        `${frame.slice(0, -12)}[    9.1] Kernel panic - not syncing: Attempted to kill init!\n${frame.slice(-12)}\n`,
      );
      guest.exit('reset');
    };
    expect(
      (await failure(script)).replaceAll(/[0-9a-f]{32}/g, 'KEY').replaceAll(/[0-9a-f]{8}$/gm, 'CRC'),
    ).toMatchInlineSnapshot(`
      "panic: The build-VM's kernel panicked in step 1 (run make): Kernel panic - not syncing: Attempted to kill init!
      The console showed last:
        VMB1 KEY o 1 KEY out aGVsb[    9.1] Kernel panic - not syncing: Attempted to kill init!
        G8= CRC"
    `);
  });

  test.each(['panic', 'reset', 'power-off', 'killed', 'stopped', 'unknown'] as const)('%s', async (reason) => {
    const script = async (guest: Guest) => {
      await guest.ready();
      guest.exit(reason, reason === 'killed' ? 'ended by SIGKILL' : '');
    };
    expect(await failure(script)).toMatchSnapshot();
  });

  test('a machine that starts anew by itself after a panic', async () => {
    const script = async (guest: Guest) => {
      await guest.ready();
      guest.write(`${formatFrame(nonce, { channel: 's', sequence: 1, key: '-', type: 'ready', body: '1 1230' })}\n`);
      guest.write('Kernel panic - not syncing: lost\n');
      guest.write(`${formatFrame(nonce, { channel: 's', sequence: 1, key: '-', type: 'ready', body: '1 990' })}\n`);
    };
    expect((await failure(script)).split('\n')[0]).toBe(
      "panic: The build-VM's kernel panicked in step 1 (run make): Kernel panic - not syncing: lost",
    );
  });

  test('a machine that starts anew by itself', async () => {
    const script = async (guest: Guest) => {
      await guest.ready();
      guest.write(`${formatFrame(nonce, { channel: 's', sequence: 1, key: '-', type: 'ready', body: '1 1230' })}\n`);
      guest.write(`${formatFrame(nonce, { channel: 's', sequence: 1, key: '-', type: 'ready', body: '1 990' })}\n`);
    };
    expect(await failure(script)).toMatchInlineSnapshot(
      `"reset: The machine started anew in step 1 (run make): its kernel crashed, or a privileged command restarted it. Nothing of this session is used."`,
    );
  });

  test('a hang', async () => {
    const script = async (guest: Guest) => void (await guest.ready());
    expect(await failure(script, sessionOf(session.steps, { silenceMs: 300 }))).toMatchInlineSnapshot(
      `"silence: The build-VM sent nothing for 0.3 s in step 1 (run make), not even a heartbeat: it hangs, or the host is overloaded. Try again; if it comes back, give the machine more memory."`,
    );
  });

  test('an agent that forgets the timeout', async () => {
    const script = async (guest: Guest) => void (await guest.ready());
    expect(await failure(script, sessionOf([step(1, 'run make', 100)]), 200)).toMatchInlineSnapshot(
      `"step-overdue: The build-VM did not end step 1 (run make) although its time was up 0.2 s ago. Something in it cannot be killed, or its disks are very slow to write."`,
    );
  });

  test('a missing frame', async () => {
    const script = async (guest: Guest) => {
      const key = await guest.ready();
      guest.write(`${formatFrame(nonce, { channel: 'o', sequence: 2, key, type: 'out', body: base64('b') })}\n`);
    };
    expect(await failure(script)).toMatchInlineSnapshot(
      `"frame-gap: A part of what the build-VM sent got lost in step 1 (run make): frame 1 of channel o is missing before 2. Nothing of this session is used. Run the build again; if it comes back, this VMM's serial port loses bytes."`,
    );
  });

  test('a missing tail of the output', async () => {
    const script = async (guest: Guest) => {
      const key = await guest.ready();
      guest.say('o', 'out', base64('a'), key);
      await guest.done(1, 0, 2, key);
    };
    expect(await failure(script)).toMatchInlineSnapshot(
      `"frame-gap: A part of what the build-VM sent got lost in step 1 (run make): 2 frames of output were sent, 1 came. Nothing of this session is used. Run the build again; if it comes back, this VMM's serial port loses bytes."`,
    );
  });

  test('a missing heartbeat', async () => {
    const script = async (guest: Guest) => {
      await guest.ready();
      for (const sequence of [3, 5]) {
        guest.write(`${formatFrame(nonce, { channel: 'b', sequence, key: '-', type: 'beat', body: '-' })}\n`);
      }
    };
    expect(await failure(script)).toMatchInlineSnapshot(
      `"frame-gap: A part of what the build-VM sent got lost in step 1 (run make): frame 4 of channel b is missing before 5. Nothing of this session is used. Run the build again; if it comes back, this VMM's serial port loses bytes."`,
    );
  });

  test('a disk that stays in use', async () => {
    const script = async (guest: Guest) => {
      await guest.ready();
      guest.say('s', 'fault', `disk-in-use ${base64('A disk is still in use after step 1: loop0.')}`);
    };
    expect(await failure(script)).toMatchInlineSnapshot(
      `"agent-fault: The guest agent gave up. A disk is still in use after step 1: loop0."`,
    );
  });

  test('a report that makes no sense', async () => {
    const script = async (guest: Guest) => {
      const key = await guest.ready();
      guest.say('o', 'report', base64('out tree -1 5\n'), key);
      await guest.done(1, 0, 1, key);
    };
    expect(await failure(script)).toMatchInlineSnapshot(
      `"frame-malformed: The guest agent sent "out tree -1 5", which this vmb does not understand: build-VM and vmb do not fit together. Make the build-VM again with this vmb."`,
    );
  });

  test('a batch that unpacks to more than was ever read', async () => {
    const script = async (guest: Guest) => {
      const key = await guest.ready();
      const { gzipSync } = await import('node:zlib');
      guest.say('o', 'out-last', gzipSync(Buffer.alloc(70_000)).toString('base64'), key);
    };
    expect(await failure(script)).toMatchInlineSnapshot(
      `"frame-malformed: The guest agent sent "a batch that cannot be unpacked", which this vmb does not understand: build-VM and vmb do not fit together. Make the build-VM again with this vmb."`,
    );
  });

  test('a console that closes while the machine seems to run', async () => {
    const script = async (guest: Guest) => {
      await guest.ready();
      guest.closeConsole();
    };
    expect(await failure(script)).toMatchInlineSnapshot(
      `"machine-ended: The machine closed its console in step 1 (run make), and nothing says why."`,
    );
  }, 10_000);
});

describe('at the end', () => {
  const toTheEnd = async (guest: Guest) => void (await guest.done(1, 0, 0, await guest.ready()));

  test('a machine that ends without its end frame', async () => {
    const script = async (guest: Guest) => {
      await toTheEnd(guest);
      guest.exit('power-off');
    };
    expect(await failure(script)).toMatchInlineSnapshot(
      `"power-off: The machine powered itself off after the last step, before the build-VM said that it ended: a privileged command did, or the build-VM heard nothing from vmb for 30 s."`,
    );
  });

  test('an end frame that is cut', async () => {
    const script = async (guest: Guest) => {
      await toTheEnd(guest);
      guest.write(formatFrame(nonce, { channel: 's', sequence: 3, key: '-', type: 'end', body: '-' }));
      guest.exit('power-off');
    };
    expect(await failure(script)).toMatchInlineSnapshot(`
      "power-off: The machine powered itself off after the last step, before the build-VM said that it ended: a privileged command did, or the build-VM heard nothing from vmb for 30 s.
      The console showed last:
        VMB1 00112233445566778899aabbccddeeff s 3 - end - 3cd568f0"
    `);
  });

  test('no end frame in time', async () => {
    expect(await failure(toTheEnd, sessionOf(session.steps, { endMs: 300 }))).toMatchInlineSnapshot(
      `"end-timeout: The build-VM did not say that it ended within 0.3 s after the last step. What the steps wrote may be incomplete, so that it is not used."`,
    );
  });
});
