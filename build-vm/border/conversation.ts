// The host's side of the conversation with the agent: lines in, reactions out. Knows no clock and no machine.
import { type Batches, batches } from './batches.ts';
import { BorderError } from './border-error.ts';
import { type Stage, stageName } from './failure.ts';
import { type Frame, formatFrame, type Line } from './frame.ts';
import { type Sequence, sequence } from './sequence.ts';
import {
  frameVersion,
  type GuestName,
  type Session,
  type SessionEvent,
  type SessionStep,
  type StepResult,
} from './session.ts';
import { faultOf, malformed, readCount, readReport } from './step-report.ts';

export type Reaction =
  | { readonly kind: 'event'; readonly event: SessionEvent }
  /** A line for the guest, with its line end. */
  | { readonly kind: 'send'; readonly line: string }
  | { readonly kind: 'ended'; readonly results: readonly StepResult[] }
  /** A second boot: not every VMM can keep a machine from starting again by itself. */
  | { readonly kind: 'started-anew' };

export interface Conversation {
  readonly stage: Stage;
  /** @throws BorderError for whatever must not be believed */
  take(line: Line, nowMs: number): readonly Reaction[];
  /** A heartbeat for the guest. */
  beat(): string;
}

export type AfterFailure = 'stop' | 'go-on';

/** Batches of at most 64 KiB: what steps find out is a few lines. */
const mostReports = 1024;

/** A step under way. */
interface Running {
  readonly step: SessionStep;
  readonly key: string;
  readonly startedMs: number;
  readonly frames: Sequence;
  readonly batches: Batches;
  readonly report: Buffer[];
}

interface Talk {
  readonly guest: GuestName;
  readonly nonce: string;
  readonly freshKey: () => string;
  readonly afterFailure: AfterFailure;
  readonly waiting: SessionStep[];
  readonly results: StepResult[];
  readonly states: Sequence;
  readonly beats: Sequence;
  readonly kernel: Sequence;
  readonly kernelBatches: Batches;
  stage: Stage;
  running: Running | undefined;
  /** Holds the time since power-on: another one is another boot. */
  readyBody: string | undefined;
  /** The last `go` or `stop`: sent again when the agent repeats what it answers, because it may have got lost. */
  answer: string | undefined;
  sent: number;
}

/** @param freshKey 32 hexadecimal digits that nobody can guess */
export function conversation(
  session: Session,
  nonce: string,
  freshKey: () => string,
  afterFailure: AfterFailure = 'stop',
): Conversation {
  const talk: Talk = {
    guest: session.guest ?? 'build-VM',
    nonce,
    freshKey,
    afterFailure,
    waiting: [...session.steps],
    results: [],
    states: sequence('strict'),
    beats: sequence('any'),
    kernel: sequence('any'),
    kernelBatches: batches(),
    stage: { kind: 'booting' },
    running: undefined,
    readyBody: undefined,
    answer: undefined,
    sent: 0,
  };
  return {
    get stage() {
      return talk.stage;
    },
    take: (line, nowMs) => takeLine(talk, line, nowMs),
    beat: () => send(talk, 'beat', '-', '-'),
  };
}

function takeLine(talk: Talk, line: Line, nowMs: number): readonly Reaction[] {
  if (line.kind === 'text') return [event({ type: 'console', line: line.text })];
  if (line.kind === 'other-version') {
    throw new BorderError(
      'protocol-version',
      `The guest agent speaks version ${line.version} of the border's protocol, this vmb version ${frameVersion}. Make or load the build-VM that belongs to this vmb.`,
    );
  }
  if (line.nonce === '-' && line.frame.type === 'fault') throw faultOf(line.frame.body);
  if (line.nonce !== talk.nonce) return [event({ type: 'console', line: formatFrame(line.nonce, line.frame) })];
  return takeFrame(talk, line.frame, nowMs);
}

function takeFrame(talk: Talk, frame: Frame, nowMs: number): readonly Reaction[] {
  switch (frame.channel) {
    case 's':
      return takeState(talk, frame, nowMs);
    case 'o':
      return takeOutput(talk, frame);
    case 'b':
      isNew(talk, frame, talk.beats);
      return [];
    case 'k':
      return isNew(talk, frame, talk.kernel) ? kernelLines(talk, frame) : [];
    // The host's own words: a terminal that echoes.
    case 'h':
      return [];
    default:
      return unreachable(frame.channel);
  }
}

function takeState(talk: Talk, frame: Frame, nowMs: number): readonly Reaction[] {
  if (!isNew(talk, frame, talk.states)) {
    if (frame.type === 'ready' && frame.body !== talk.readyBody) return [{ kind: 'started-anew' }];
    const repeat = frame.sequence === talk.states.last ? talk.answer : undefined;
    return repeat === undefined ? [] : [{ kind: 'send', line: repeat }];
  }
  if (frame.type === 'ready' && talk.stage.kind === 'booting') {
    talk.readyBody = frame.body;
    return [event({ type: 'ready', guestUptimeMs: readReady(frame.body) }), ...goOn(talk, nowMs)];
  }
  if (frame.type === 'done' && talk.running !== undefined) {
    checkKey(talk, frame, talk.running);
    const result = readDone(talk, frame, talk.running, nowMs);
    talk.results.push(result);
    return [event({ type: 'step-ended', result }), ...goOn(talk, nowMs)];
  }
  if (frame.type === 'end' && talk.stage.kind === 'ending') return [{ kind: 'ended', results: talk.results }];
  if (frame.type === 'fault') throw faultOf(frame.body);
  throw malformed(`${frame.type} ${frame.body}`);
}

/** The next step, or the end: after the last one, or, in builds, the first that failed. */
function goOn(talk: Talk, nowMs: number): readonly Reaction[] {
  const outcome = talk.results.at(-1)?.outcome;
  const failed = outcome !== undefined && !(outcome.kind === 'exit' && outcome.code === 0);
  const step = failed && talk.afterFailure === 'stop' ? undefined : talk.waiting.shift();
  if (step === undefined) {
    talk.running = undefined;
    talk.stage = { kind: 'ending' };
    talk.answer = send(talk, 'stop', '-', '-');
    return [{ kind: 'send', line: talk.answer }];
  }
  talk.running = {
    step,
    key: talk.freshKey(),
    startedMs: nowMs,
    frames: sequence('strict'),
    batches: batches(),
    report: [],
  };
  talk.stage = { kind: 'step', step };
  talk.answer = send(talk, 'go', talk.running.key, `${step.number}`);
  return [{ kind: 'send', line: talk.answer }, event({ type: 'step-started', number: step.number })];
}

function takeOutput(talk: Talk, frame: Frame): readonly Reaction[] {
  const { running } = talk;
  checkKey(talk, frame, running);
  if (!isNew(talk, frame, running.frames)) return [];
  const batch = running.batches.take(frame);
  if (batch === undefined) return [];
  if (batch.type === 'out') return [event({ type: 'output', number: running.step.number, bytes: batch.bytes })];
  if (batch.type !== 'report') throw malformed(`${batch.type} in the output`);
  if (running.report.push(batch.bytes) > mostReports) throw malformed('a report without an end');
  return [];
}

/** `done` says how many frames came before it, so that a lost tail is noticed. */
function readDone(talk: Talk, frame: Frame, running: Running, nowMs: number): StepResult {
  const [number = '', status = '', frames = ''] = frame.body.split(' ');
  const { step } = running;
  if (readCount(number, frame.body) !== step.number) throw malformed(`done ${frame.body}`);
  if (readCount(frames, frame.body) !== running.frames.last) {
    throw gap(talk, `${frames} frames of output were sent, ${running.frames.last} came`);
  }
  const report = readReport(readCount(status, frame.body), Buffer.concat(running.report).toString('latin1'));
  return { number: step.number, ...report, durationMs: Math.round(nowMs - running.startedMs) };
}

function readReady(body: string): number {
  const [version = '', uptimeMs = ''] = body.split(' ');
  if (Number(version) !== frameVersion) throw malformed(`ready ${body}`);
  return readCount(uptimeMs, body);
}

/** A line may be cut between two batches; it is for people only. */
function kernelLines(talk: Talk, frame: Frame): readonly Reaction[] {
  const lines = talk.kernelBatches.take(frame)?.bytes.toString('utf8').split('\n') ?? [];
  return lines.filter((line) => line !== '').map((line) => event({ type: 'kernel', line }));
}

/** Whether a frame is not a repetition. @throws BorderError `frame-gap` */
function isNew(talk: Talk, frame: Frame, order: Sequence): boolean {
  const expected = order.last + 1;
  const place = order.take(frame.sequence);
  if (place === 'gap')
    throw gap(talk, `frame ${expected} of channel ${frame.channel} is missing before ${frame.sequence}`);
  return place === 'next';
}

function gap(talk: Talk, what: string): BorderError {
  return new BorderError(
    'frame-gap',
    `A part of what the ${talk.guest} sent got lost in ${stageName(talk.stage, talk.guest)}: ${what}. Nothing of this session is used. Run the build again; if it comes back, this VMM's serial port loses bytes.`,
  );
}

/** @throws BorderError `forged-frame` */
function checkKey(talk: Talk, frame: Frame, running: Running | undefined): asserts running is Running {
  if (running !== undefined && frame.key === running.key) return;
  throw new BorderError(
    'forged-frame',
    `A frame came that does not have this step's key in ${stageName(talk.stage, talk.guest)}: a command wrote to the serial port itself. Nothing of this session is used. Look at what the step runs.`,
  );
}

function send(talk: Talk, type: string, key: string, body: string): string {
  talk.sent += 1;
  return `${formatFrame(talk.nonce, { channel: 'h', sequence: talk.sent, key, type, body })}\n`;
}

function event(event: SessionEvent): Reaction {
  return { kind: 'event', event };
}

function unreachable(value: never): never {
  throw new Error(`Internal error: ${JSON.stringify(value)}`);
}
