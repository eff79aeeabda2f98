// A host that goes on after a failed step: one boot shows many ways to fail.
import type { Buffer } from 'node:buffer';
import { type Batches, batches } from '../../build-vm/border/batches.ts';
import { type Frame, formatFrame } from '../../build-vm/border/frame.ts';
import { frameParser } from '../../build-vm/border/frame-parser.ts';
import type { StepOutcome } from '../../build-vm/border/session.ts';
import { readReport } from '../../build-vm/border/step-report.ts';
import type { RunningMachine } from '../../vmm-adapters/lib/adapter.ts';

export interface Driven {
  readonly outcome: StepOutcome;
  readonly output: string;
}

// The guest's heartbeat comes every 5 s.
const silenceMs = 40_000;
/** No step has more time than two minutes. */
const endlessMs = 240_000;

/** Asks for steps 1 to `steps`, sends heartbeats meanwhile, and stops listening after the last. */
export async function driveAll({ serial, exited }: RunningMachine, nonce: string, steps: number): Promise<Driven[]> {
  const driven: Driven[] = [];
  const parser = frameParser();
  let sent = 0;
  let states = 0;
  let statedMs = performance.now();
  let answer = '';
  let current = begin();
  const send = (type: string, key: string, body: string) => {
    sent += 1;
    const line = `${formatFrame(nonce, { channel: 'h', sequence: sent, key, type, body })}\n`;
    serial.write(line);
    return line;
  };
  const takeState = (frame: Frame, done: () => void) => {
    // A job that used up memory or processes may have cost the agent what it was told: then it asks again.
    if (frame.sequence === states) serial.write(answer);
    if (frame.sequence !== states + 1) return;
    states += 1;
    statedMs = performance.now();
    if (frame.type === 'done') driven.push(finish(frame, current));
    if (driven.length === steps || frame.type === 'fault') return done();
    current = begin();
    answer = send('go', 'a'.repeat(32), `${driven.length + 1}`);
  };
  const beats = setInterval(() => send('beat', '-', '-'), 2_000);
  let take: (bytes: Buffer) => void = () => {};
  let heardMs = performance.now();
  let watch: NodeJS.Timeout | undefined;
  const console: string[] = [];
  const all = new Promise<void>((resolve, reject) => {
    const giveUp = (why: string) =>
      reject(new Error(`${why} in step ${driven.length + 1}; ${console.slice(-20).join('\n')}`));
    void exited.then(({ reason, detail }) => giveUp(`the machine ended: ${reason} ${detail}`));
    watch = setInterval(() => {
      if (performance.now() - heardMs > silenceMs) giveUp('nothing was heard any more');
      if (performance.now() - statedMs > endlessMs) giveUp('the agent is there, and does not go on');
    }, 1_000);
    take = (bytes) => {
      for (const line of parser.push(bytes)) {
        if (line.kind === 'text') console.push(line.text);
        if (line.kind !== 'frame') continue;
        heardMs = performance.now();
        if (line.frame.channel === 's') takeState(line.frame, resolve);
        if (line.frame.channel === 'o') current.take(line.frame);
      }
    };
    serial.on('data', take);
  });
  try {
    await all;
  } finally {
    clearInterval(beats);
    clearInterval(watch);
    serial.off('data', take);
  }
  return driven;
}

function begin() {
  const parts: Batches = batches();
  const texts = { out: '', report: '' };
  return {
    texts,
    take(frame: Frame) {
      const batch = parts.take(frame);
      if (batch?.type === 'out' || batch?.type === 'report') texts[batch.type] += batch.bytes.toString('latin1');
    },
  };
}

function finish(frame: Frame, { texts }: ReturnType<typeof begin>): Driven {
  const status = Number(frame.body.split(' ')[1]);
  return { outcome: readReport(status, texts.report).outcome, output: texts.out };
}
