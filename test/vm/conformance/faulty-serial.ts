// Consoles that lose, hold up and hide what they carry.
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningMachine } from '../../../vmm-adapters/lib/adapter.ts';

export type Damage =
  | { readonly kind: 'drop'; readonly every: number }
  /** Once: what matches, and all that follows, comes late. */
  | { readonly kind: 'hold'; readonly at: RegExp; readonly forMs: number }
  | { readonly kind: 'impatient'; readonly afterMs: number }
  | { readonly kind: 'overflow' }
  | { readonly kind: 'fragile'; readonly mostBytes: number };

export function damaged({ serial }: RunningMachine, damage: Damage): Duplex {
  let broken = false;
  const faulty = new Duplex({
    read() {
      wanted = true;
    },
    write(bytes: Buffer, _encoding, done) {
      if (damage.kind === 'fragile' && bytes.length > damage.mostBytes && !broken) {
        broken = true;
        faulty.push(null);
      }
      if (serial.writable) serial.write(bytes, () => done());
      else done();
    },
  });
  let wanted = false;
  if (damage.kind === 'impatient') {
    setTimeout(() => {
      // Null as long as nobody wants to read.
      if (faulty.readableFlowing !== null) return;
      broken = true;
      faulty.push(null);
    }, damage.afterMs);
  }
  void carry(
    serial,
    faulty,
    damage,
    () => broken,
    () => {
      const was = wanted;
      wanted = false;
      return was;
    },
  );
  return faulty;
}

async function carry(
  from: Duplex,
  to: Duplex,
  damage: Damage,
  isBroken: () => boolean,
  isWanted: () => boolean,
): Promise<void> {
  let passed = 0;
  let held = false;
  let readable = true;
  try {
    for await (const chunk of from) {
      let bytes: Buffer = chunk;
      if (isBroken()) continue;
      const text = bytes.toString('latin1');
      if (damage.kind === 'drop') bytes = withoutEvery(bytes, passed, damage.every);
      if (damage.kind === 'hold' && !held && damage.at.test(text)) {
        held = true;
        await sleep(damage.forMs);
      }
      passed += chunk.length;
      if (damage.kind === 'overflow' && !readable && !isWanted()) continue;
      readable = to.push(bytes);
      isWanted();
    }
  } catch {
    // The machine is gone.
  }
  if (!isBroken()) to.push(null);
}

function withoutEvery(bytes: Buffer, passed: number, every: number): Buffer {
  return Buffer.from([...bytes].filter((_, index) => (passed + index + 1) % every !== 0));
}

/** Hides what matches; holds a line back until it is whole. */
export function filtered({ serial }: RunningMachine, hidden: RegExp): Duplex {
  let line = '';
  const faulty = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      if (serial.writable) serial.write(bytes, () => done());
      else done();
    },
  });
  serial.on('data', (bytes: Buffer) => {
    line += bytes.toString('latin1');
    line = line.replace(hidden, '');
    const end = line.lastIndexOf('\n') + 1;
    // A hidden text may be under way in the last line that is not whole.
    if (end === 0) return;
    faulty.push(Buffer.from(line.slice(0, end), 'latin1'));
    line = line.slice(end);
  });
  serial.once('end', () => faulty.push(null));
  serial.once('close', () => faulty.push(null));
  return faulty;
}

/** Ends where something matches. */
export function closedAt({ serial }: RunningMachine, end: RegExp): Duplex {
  let last = '';
  const faulty = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      if (serial.writable) serial.write(bytes, () => done());
      else done();
    },
  });
  const take = (bytes: Buffer) => {
    last = (last + bytes.toString('latin1')).slice(-100_000);
    if (!end.test(last)) {
      faulty.push(bytes);
      return;
    }
    serial.off('data', take);
    serial.resume();
    faulty.push(null);
  };
  serial.on('data', take);
  return faulty;
}
