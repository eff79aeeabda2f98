// Boots one disk under firmware and follows its console until it ends, by whatever end comes first.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Adapter, Arch, DiskHandle, Firmware, Machine, MachineExit } from '../../vmm-adapters/lib/adapter.ts';
import { makeEspDisk } from '../../vmm-adapters/lib/esp-disk.ts';
import type { WorkFolder } from '../state/work-folder.ts';
import type { BootImage } from './boot-image.ts';
import type { Context } from './command.ts';
import { followConsole } from './console.ts';

export interface BootRequest {
  /** Absolute. */
  readonly path: string;
  readonly image: BootImage;
  /** Undefined: uefi where the VMM has it. */
  readonly firmware: Firmware | undefined;
  /** Undefined: x86_64 where the VMM has it, which starts 32-bit systems as well. */
  readonly arch: Arch | undefined;
  readonly memoryBytes: number;
  readonly expected: string | undefined;
  /** The machine is stopped when the expected text comes. */
  readonly stopsWhenSeen: boolean;
  readonly timeoutMs: number;
  /** Without it the machine runs as long as it likes. */
  readonly isTimed: boolean;
}

/** How a VMM starts it. */
export interface BootWay {
  readonly arch: Arch;
  readonly firmware: Firmware;
}

export interface BootResult {
  /** How it ended: by itself, by the clock, by the expected text, or because the user left. */
  readonly end: MachineExit['reason'] | 'timeout' | 'seen' | 'left';
  readonly detail: string;
  /** Whether the expected text came. */
  readonly seen: boolean;
}

/** Puts the image where the VMM can attach it; it is never changed, an EFI program gets a disk around it. */
export async function placeBootDisk(
  request: BootRequest,
  way: BootWay,
  adapter: Adapter,
  work: WorkFolder,
): Promise<Machine> {
  let { path } = request;
  let { sizeBytes } = request.image;
  if (request.image.kind === 'efi-program') {
    const program = path;
    path = join(work.path, 'esp.img');
    await makeEspDisk(program, path);
    sizeBytes = (await stat(path)).size;
  }
  const disk: DiskHandle = { id: 'boot', role: 'system', sizeBytes };
  await adapter.place(disk, { kind: 'copy-of', path });
  const { memoryBytes } = request;
  const { arch, firmware } = way;
  return { id: 'boot', arch, memoryBytes, cpus: 1, boot: { kind: 'firmware', firmware }, disks: [disk] };
}

export async function bootMachine(
  request: BootRequest,
  adapter: Adapter,
  machine: Machine,
  context: Context,
): Promise<BootResult> {
  const running = await adapter.boot(machine, context.signal);
  const shown = followConsole(running.serial, request.expected, context);
  const clock = new AbortController();
  let seen = false;
  void shown.seen.then(() => {
    seen = true;
  });
  try {
    const ends: Promise<{ reason: BootResult['end']; detail: string }>[] = [
      running.exited,
      shown.left.then(() => ({ reason: 'left', detail: '' })),
    ];
    if (request.stopsWhenSeen) ends.push(shown.seen.then(() => ({ reason: 'seen', detail: '' })));
    if (request.isTimed) {
      const ticking = setTimeout(request.timeoutMs, undefined, { signal: clock.signal });
      ends.push(ticking.then(() => ({ reason: 'timeout', detail: '' })));
    }
    const { reason, detail } = await Promise.race(ends);
    context.signal.throwIfAborted();
    // What is still on its way through the pipe belongs to the console, too.
    if (reason !== 'timeout' && reason !== 'seen') await drained(running.serial);
    return { end: reason, detail, seen };
  } finally {
    clock.abort();
    shown.close();
    await running.stop();
  }
}

/** How long bytes may be on their way after a machine ended. */
const drainMs = 1_000;

async function drained(serial: NodeJS.ReadableStream): Promise<void> {
  if (!serial.readable) return;
  const clock = new AbortController();
  const ended = new Promise<void>((resolve) => {
    serial.once('end', resolve);
    serial.once('close', resolve);
  });
  await Promise.race([ended, setTimeout(drainMs, undefined, { signal: clock.signal })]);
  clock.abort();
}
