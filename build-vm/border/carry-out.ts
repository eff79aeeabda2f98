// Carries out a session on a machine that was just started: frames, deadlines and the machine's end become results or one error.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningMachine } from '../../vmm-adapters/lib/adapter.ts';
import { type AfterFailure, type Conversation, conversation, type Reaction } from './conversation.ts';
import { missedDeadline, overdueAfterMs } from './deadline.ts';
import { type Cause, failure } from './failure.ts';
import type { Line } from './frame.ts';
import { type FrameParser, frameParser } from './frame-parser.ts';
import type { Session, SessionEvent, StepResult } from './session.ts';

export interface CarryOutOptions {
  /** The nonce that the job disk was written with. */
  readonly nonce: string;
  readonly machine: RunningMachine;
  readonly onEvent: (event: SessionEvent) => void;
  /** Ends the session with the signal's reason; the caller then stops the machine, as after every session. */
  readonly signal?: AbortSignal;
  /** How long after a step's timeout the agent may take to end it: `overdueAfterMs` by default. */
  readonly graceMs?: number;
  /** Builds stop at the first step that fails, as by default; what tries a machine may go on. */
  readonly afterFailure?: AfterFailure;
}

const beatMs = 5_000;
const lookMs = 250;
// A look that comes this late was held up, as were the bytes that it should have seen: it decides nothing.
const heldUpMs = 2_000;
// How long a machine that ended may take to hand over what its console said last, and one whose console ended to end.
const lastWordsMs = 1_000;
const closedMs = 5_000;
const keptConsoleLines = 8;

/** What a session under way remembers. */
interface Course {
  readonly session: Session;
  readonly options: CarryOutOptions;
  readonly talk: Conversation;
  readonly parser: FrameParser;
  readonly consoleLines: string[];
  readonly resolve: (results: readonly StepResult[]) => void;
  readonly reject: (error: unknown) => void;
  panic: string | undefined;
  stageSinceMs: number;
  heardMs: number;
  lookedMs: number;
  over: boolean;
  cleanUp: () => void;
}

/**
 * Results of the steps in their order, up to the first that failed. After it the caller stops the machine.
 * @throws BorderError with a message of its own for every other way in which a session can end
 */
export function carryOut(session: Session, options: CarryOutOptions): Promise<readonly StepResult[]> {
  return new Promise((resolve, reject) => {
    const now = performance.now();
    const course: Course = {
      session,
      options,
      talk: conversation(session, options.nonce, () => randomBytes(16).toString('hex'), options.afterFailure),
      parser: frameParser(),
      consoleLines: [],
      resolve,
      reject,
      panic: undefined,
      stageSinceMs: now,
      heardMs: now,
      lookedMs: now,
      over: false,
      cleanUp: () => {},
    };
    follow(course);
  });
}

function follow(course: Course): void {
  const { machine, signal } = course.options;
  const { serial } = machine;
  // Before the agent listens, firmware or a boot loader would take it for somebody at the keyboard.
  const beat = () => course.talk.stage.kind !== 'booting' && write(course, course.talk.beat());
  const beats = setInterval(beat, beatMs);
  const looks = setInterval(() => guard(course, () => look(course)), lookMs);
  const take = (bytes: Uint8Array) => guard(course, () => takeLines(course, course.parser.push(bytes)));
  const abort = () => finish(course, () => course.reject(signal?.reason));
  const settled = new AbortController();
  const closed = new Promise<void>((resolve) => {
    for (const name of ['end', 'close', 'error']) serial.once(name, () => resolve());
  });
  // A stream without a listener for errors ends the whole program; its end is noticed as the machine's.
  serial.on('error', () => {});
  serial.on('data', take);
  signal?.addEventListener('abort', abort);
  course.cleanUp = () => {
    clearInterval(beats);
    clearInterval(looks);
    settled.abort();
    serial.off('data', take);
    signal?.removeEventListener('abort', abort);
  };
  void machine.exited.then(async (exit) => {
    await Promise.race([closed, pause(lastWordsMs, settled.signal)]);
    breakOff(course, { kind: 'exit', exit });
  });
  void closed.then(async () => {
    await pause(closedMs, settled.signal);
    breakOff(course, { kind: 'console-closed' });
  });
  if (signal?.aborted === true) abort();
}

/** Ends early, without an error, when there is nothing left to wait for. */
async function pause(ms: number, settled: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: settled }).catch(() => {});
}

function takeLines(course: Course, lines: readonly Line[]): void {
  for (const line of lines) {
    if (course.over) return;
    remember(course, line);
    const before = course.talk.stage;
    const reactions = course.talk.take(line, performance.now());
    if (course.talk.stage !== before) course.stageSinceMs = performance.now();
    for (const reaction of reactions) react(course, reaction);
  }
}

function remember(course: Course, line: Line): void {
  if (line.kind === 'frame') {
    if (line.nonce === course.options.nonce) course.heardMs = performance.now();
  } else if (line.kind === 'text') {
    course.panic ??= /Kernel panic - .*/.exec(line.text)?.[0];
    const printable = line.text.replace(/[^\P{C}\t]/gu, '');
    if (printable.trim() !== '') course.consoleLines.push(printable.slice(0, 500));
    if (course.consoleLines.length > keptConsoleLines) course.consoleLines.shift();
  }
}

function react(course: Course, reaction: Reaction): void {
  switch (reaction.kind) {
    case 'event':
      course.options.onEvent(reaction.event);
      return;
    case 'send':
      write(course, reaction.line);
      return;
    case 'ended':
      finish(course, () => course.resolve(reaction.results));
      return;
    case 'started-anew':
      breakOff(course, { kind: 'started-anew' });
      return;
    default:
      unreachable(reaction);
  }
}

function look(course: Course): void {
  const nowMs = performance.now();
  const heldUp = nowMs - course.lookedMs > heldUpMs;
  course.lookedMs = nowMs;
  if (heldUp) return;
  const graceMs = course.options.graceMs ?? overdueAfterMs;
  const { stageSinceMs, heardMs } = course;
  const cause = missedDeadline(course.talk.stage, course.session.deadlines, { nowMs, stageSinceMs, heardMs }, graceMs);
  if (cause !== undefined) breakOff(course, cause);
}

function breakOff(course: Course, cause: Cause): void {
  guard(course, () => {
    takeLines(course, course.parser.end());
    const { consoleLines, panic } = course;
    const guest = course.session.guest ?? 'build-VM';
    throw failure(cause, { guest, stage: course.talk.stage, consoleLines, panic });
  });
}

/** Whatever is thrown while something comes in ends the session. */
function guard(course: Course, work: () => void): void {
  if (course.over) return;
  try {
    work();
  } catch (error) {
    finish(course, () => course.reject(error));
  }
}

function finish(course: Course, settle: () => void): void {
  if (course.over) return;
  course.over = true;
  course.cleanUp();
  settle();
}

function write(course: Course, line: string): void {
  const { serial } = course.options.machine;
  if (serial.writable) serial.write(line, 'latin1');
}

function unreachable(value: never): never {
  throw new Error(`Internal error: ${JSON.stringify(value)}`);
}
