// The worker thread that is one v86 machine, from power-on to its end. The only file that imports v86.
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { V86, type V86Options } from 'v86';
import type { MachineExit } from './adapter.ts';
import { makeDiskDevice } from './v86-disk-device.ts';
import { exitOfError } from './v86-failure.ts';
import { paceInput } from './v86-input.ts';
import { internalsOf } from './v86-internals.ts';
import type { FromWorker, ToWorker, V86Start } from './v86-messages.ts';
import { gatherOutput } from './v86-output.ts';

declare module 'v86' {
  interface Event {
    /** A processor that was halted with interrupts off, which nothing wakes: v86's types leave it out. */
    'cpu-event-halt': undefined;
  }
}

// v86 compiles each stretch of guest code that runs more than a little. Most of it does not run for long: V8's second, better
// compilation of it takes more time than it saves. Measured: 200 forks 6.7 s of processor time with it, 1.7 s without, and half
// the memory. The flags are the process's; vmb has no other WebAssembly.
for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);

const start: V86Start = workerData;
const output = gatherOutput(new Int32Array(start.unread), (bytes) => say({ type: 'output', bytes }), setImmediate);
const lastComplaints: string[] = [];

// Where v86 writes why its program stopped.
console.error = (...words: readonly unknown[]) => {
  lastComplaints.push(words.join(' '));
  if (lastComplaints.length > 10) lastComplaints.shift();
};
process.on('uncaughtException', ({ message }) => {
  end(exitOfError(message, lastComplaints));
});

const emulator = new V86(optionsOf(start));
emulator.add_listener('serial0-output-byte', output.add);
emulator.add_listener('cpu-event-halt', () => {
  end({
    reason: 'unknown',
    detail: 'The guest halted its processor for good, as systems do that cannot power off, or cannot go on.',
  });
});
emulator.add_listener('emulator-loaded', () => {
  const internals = internalsOf(emulator);
  internals.replaceReset(() => end({ reason: 'reset', detail: '' }));
  takeInput(internals.uartWaiting);
  say({ type: 'running' });
  void emulator.run();
});

function optionsOf({ hardware, wasmPath }: V86Start): V86Options {
  const { memoryBytes, bios, kernel, disks } = hardware;
  const [first, second] = disks.map((files) => makeDiskDevice(files, (detail) => end({ reason: 'failed', detail })));
  return {
    wasm_path: wasmPath,
    memory_size: memoryBytes,
    // Nobody looks at the screen.
    vga_memory_size: 1024 * 1024,
    bios: imageOf(bios.systemPath),
    vga_bios: imageOf(bios.videoPath),
    ...(kernel === undefined ? {} : { bzimage: imageOf(kernel.path), cmdline: kernel.commandLine }),
    ...(kernel?.initramfsPath === undefined ? {} : { initrd: imageOf(kernel.initramfsPath) }),
    ...(first === undefined ? {} : { hda: first }),
    ...(second === undefined ? {} : { hdb: second }),
    // No network card: v86 makes one only of a named type.
    net_device: {},
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
    // No menu, no waiting for a key.
    fastboot: true,
  };
}

function imageOf(path: string): { buffer: ArrayBuffer } {
  return { buffer: Uint8Array.from(readFileSync(path)).buffer };
}

/** While input waits, each turn of the event loop looks how much of it the guest took; the emulator has a turn in between. */
function takeInput(waiting: () => number): void {
  const uart = { waiting, send: (bytes: Uint8Array) => emulator.serial_send_bytes(0, bytes) };
  const input = paceInput(uart, () => say({ type: 'taken' }));
  const pump = () => {
    const { left, moved } = input.pump();
    if (!left) return;
    if (moved) setImmediate(pump);
    else setTimeout(pump, 1);
  };
  parentPort?.on('message', ({ bytes }: ToWorker) => {
    input.give(bytes);
    pump();
  });
}

function say(message: FromWorker): void {
  parentPort?.postMessage(message);
}

/** The end of this thread. What the guest wrote is in its files: nothing is kept here. */
function end(exit: MachineExit): void {
  output.flush();
  say({ type: 'ended', exit });
  process.exit();
}
