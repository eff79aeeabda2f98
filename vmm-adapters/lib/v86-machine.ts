// The life of one v86 machine: a worker thread that is started, listened to and ended, and its serial console.
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { MachineExit, RunningMachine } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';
import { exitOfError } from './v86-failure.ts';
import type { FromWorker, ToWorker, V86Hardware, V86Start } from './v86-messages.ts';
import { findV86Package } from './v86-package.ts';

/** Compiled beside this file: threads of Node 20 take no TypeScript. */
const workerUrl = new URL('./v86-worker.js', import.meta.url);

/** Resolves when the machine runs. @throws AdapterError */
export async function startV86(hardware: V86Hardware, signal: AbortSignal): Promise<RunningMachine> {
  signal.throwIfAborted();
  const found = findV86Package();
  if (found === undefined) throw new AdapterError('adapter-unusable', 'The npm package v86 is not installed.');
  const unread = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const workerData: V86Start = { hardware, wasmPath: found.wasmPath, unread };
  // What v86 prints is not for vmb's own output.
  const worker = new Worker(workerUrl, { workerData, env: {}, execArgv: [], stdout: true, stderr: true });
  const life = follow(worker, new Int32Array(unread), signal);
  const isRunning = await Promise.race([life.running.then(() => true), life.exited.then(() => false)]);
  if (isRunning && !signal.aborted) return { serial: life.serial, exited: life.exited, stop: life.stop };
  await life.stop();
  signal.throwIfAborted();
  const { detail } = await life.exited;
  throw new AdapterError('machine-start-failed', `v86 did not start. ${detail}`.trimEnd());
}

interface Life {
  readonly serial: Duplex;
  readonly running: Promise<void>;
  readonly exited: Promise<MachineExit>;
  stop(): Promise<void>;
}

function follow(worker: Worker, unread: Int32Array, signal: AbortSignal): Life {
  const console = consoleOf(worker, unread);
  let exit: MachineExit | undefined;
  let isStopped = false;
  const running = new Promise<void>((resolve) => {
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'running') resolve();
      else if (message.type === 'output') console.push(message.bytes);
      else if (message.type === 'taken') console.taken();
      else exit = message.exit;
    });
  });
  worker.on('error', (error) => {
    exit ??= exitOfError(error.message, []);
  });
  const power = () => {
    isStopped = true;
    void worker.terminate();
  };
  signal.addEventListener('abort', power);
  const exited = once(worker, 'exit').then((): MachineExit => {
    signal.removeEventListener('abort', power);
    console.end();
    if (exit !== undefined) return exit;
    return { reason: isStopped ? 'stopped' : 'failed', detail: isStopped ? '' : 'Its thread ended without a word.' };
  });
  return {
    serial: console.serial,
    running,
    exited,
    async stop() {
      power();
      await exited;
    },
  };
}

interface Console {
  readonly serial: Duplex;
  push(bytes: Uint8Array): void;
  taken(): void;
  end(): void;
}

/** Writing to a machine that is gone is no error: how it went, its `exited` tells. */
function consoleOf(worker: Worker, unread: Int32Array): Console {
  let held = 0;
  let written: (() => void) | undefined;
  let isOver = false;
  const release = () => {
    Atomics.sub(unread, 0, held);
    Atomics.notify(unread, 0);
    held = 0;
  };
  const taken = () => {
    const done = written;
    written = undefined;
    done?.();
  };
  const serial = new Duplex({
    read: release,
    write(bytes: Buffer, _encoding, done) {
      if (isOver) return done();
      written = done;
      worker.postMessage({ type: 'input', bytes } satisfies ToWorker);
    },
    destroy(error, done) {
      // Nobody reads on: the guest must not wait for it.
      release();
      done(error);
    },
  });
  return {
    serial,
    taken,
    push(bytes) {
      held += bytes.length;
      if (serial.destroyed || serial.push(bytes)) release();
    },
    end() {
      isOver = true;
      taken();
      if (!serial.destroyed && !serial.readableEnded) serial.push(null);
    },
  };
}
