// A machine whose guest is a script of the test: it reads what the host sends, says what it likes, and ends as it likes.
import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import { type Frame, formatFrame, parseLine } from '../../../build-vm/border/frame.ts';
import { protocolVersion, type Session, type SessionStep } from '../../../build-vm/border/session.ts';
import type { MachineExit, RunningMachine } from '../../../vmm-adapters/lib/adapter.ts';

export const nonce = '00112233445566778899aabbccddeeff';

export interface Guest {
  /** Bytes on the console. */
  write(bytes: string | Uint8Array): void;
  /** The next frame of the host that is no heartbeat. */
  hear(): Promise<Frame>;
  /** A frame with the next number of its channel; a state frame that is answered by hearing. */
  say(channel: 's' | 'o' | 'b' | 'k', type: string, body: string, key?: string): void;
  /** Says `ready` and hears the key of the first step. */
  ready(): Promise<string>;
  /** Says that a step is done and hears what comes next: a key, or `-` for `stop`. */
  done(step: number, status: number, frames: number, key: string): Promise<string>;
  exit(reason: MachineExit['reason'], detail?: string): void;
  closeConsole(): void;
}

export function scriptedMachine(
  script: (guest: Guest) => Promise<void>,
): RunningMachine & { readonly beats: () => number } {
  const heard: Frame[] = [];
  const waiting: ((frame: Frame) => void)[] = [];
  let beats = 0;
  let begun = '';
  const take = (line: string) => {
    const parsed = parseLine(Buffer.from(line));
    if (parsed.kind !== 'frame' || parsed.nonce !== nonce) throw new Error(`the host sent ${line}`);
    if (parsed.frame.type === 'beat') beats += 1;
    else if (waiting.length > 0) waiting.shift()?.(parsed.frame);
    else heard.push(parsed.frame);
  };
  const serial = new Duplex({
    read() {},
    write(chunk, _encoding, callback) {
      const lines = `${begun}${chunk}`.split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines) take(line);
      callback();
    },
  });
  let exit: (exit: MachineExit) => void = () => {};
  const exited = new Promise<MachineExit>((resolve) => {
    exit = resolve;
  });
  const sequences = new Map<string, number>();
  const hear = async () => heard.shift() ?? (await new Promise<Frame>((resolve) => waiting.push(resolve)));
  const guest: Guest = {
    write: (bytes) => serial.push(bytes),
    hear,
    say(channel, type, body, key = '-') {
      const sequence = (sequences.get(channel) ?? 0) + 1;
      sequences.set(channel, sequence);
      serial.push(`${formatFrame(nonce, { channel, sequence, key, type, body })}\n`);
    },
    async ready() {
      guest.say('s', 'ready', '1 1230');
      return (await hear()).key;
    },
    async done(step, status, frames, key) {
      sequences.delete('o');
      guest.say('s', 'done', `${step} ${status} ${frames}`, key);
      return (await hear()).key;
    },
    exit(reason, detail = '') {
      serial.push(null);
      exit({ reason, detail });
    },
    closeConsole: () => serial.push(null),
  };
  void script(guest);
  return { serial, exited, stop: async () => exit({ reason: 'stopped', detail: '' }), beats: () => beats };
}

export function step(number: number, title: string, timeoutMs = 60_000): SessionStep {
  return { number, title, script: ':\n', timeoutMs, clockSeconds: 1_767_225_600, payloadsIn: [] };
}

export function sessionOf(steps: readonly SessionStep[], deadlines: Partial<Session['deadlines']> = {}): Session {
  return {
    protocol: protocolVersion,
    id: 'session-1',
    machine: { arch: 'x86_64', memoryBytes: 512 * 1024 * 1024, cpus: 1 },
    epochSeconds: 1_767_225_600,
    disks: [
      { id: 'system', role: 'system', sizeBytes: 33_554_432 },
      { id: 'job', role: 'job', sizeBytes: 1_048_576 },
      { id: 'disk.main', role: 'build', sizeBytes: 67_108_864 },
    ],
    regions: [{ name: 'main', disk: 'disk.main', offsetBytes: 0, lengthBytes: 67_108_864 }],
    steps,
    deadlines: { bootMs: 20_000, silenceMs: 20_000, endMs: 20_000, ...deadlines },
  };
}
