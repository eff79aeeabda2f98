// Boots the real build-VM under QEMU with a session of given scripts: the machine, its session, and its disks' bytes.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { carryOut } from '../../../build-vm/border/carry-out.ts';
import { writeJobDisk } from '../../../build-vm/border/job-disk.ts';
import { jobDiskBytes } from '../../../build-vm/border/job-text.ts';
import {
  type PayloadIn,
  protocolVersion,
  type Region,
  type Session,
  type SessionEvent,
  type SessionStep,
  type StepResult,
  toolsPayload,
} from '../../../build-vm/border/session.ts';
import type { BuildVmArch } from '../../../build-vm/make/arch.ts';
import { findBuildVm } from '../../../build-vm/make/find-build-vm.ts';
import { foldersOf } from '../../../runner/state/folders.ts';
import type { Boot, DiskContent, DiskHandle, RunningMachine } from '../../../vmm-adapters/lib/adapter.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { adapter as qemu } from '../../../vmm-adapters/qemu.ts';

export const nonce = '00112233445566778899aabbccddeeff';
export const mebibyte = 1024 * 1024;

export interface Step {
  readonly script: string;
  readonly timeoutMs?: number;
  readonly payloads?: Readonly<Record<string, Uint8Array>>;
  /** Whether it gets the tools image. */
  readonly tools?: boolean;
}

export interface Setting {
  /** That of the build-VM: x86_64 by default. */
  readonly arch?: BuildVmArch;
  readonly steps: readonly Step[];
  readonly scratchBytes?: number;
  readonly payloadOutBytes?: number;
  /** `main` is all of a disk of 64 MiB by default. */
  readonly regions?: readonly Omit<Region, 'disk'>[];
  /** Files whose copies are further disks, by name. */
  readonly images?: Readonly<Record<string, string>>;
  readonly boot?: 'bios' | 'uefi';
  /** Arguments for the kernel, when it boots directly. */
  readonly commandLine?: string;
  readonly deadlines?: Partial<Session['deadlines']>;
}

export interface Vm {
  readonly session: Session;
  readonly machine: RunningMachine;
  readonly systemDiskPath: string;
  /** Bytes of a disk after the machine has stopped. */
  read(disk: 'disk.main' | 'out'): Promise<Buffer>;
  remove(): Promise<void>;
}

export async function bootVm(setting: Setting): Promise<Vm> {
  const cacheFolder = foldersOf(process.env, homedir(), process.cwd()).cache;
  const buildVm = findBuildVm({ cacheFolder, arch: setting.arch ?? 'x86_64' });
  if (buildVm === undefined) throw new Error('There is no build-VM for this checkout: run make setup.');
  const workFolder = await mkdtemp(join(tmpdir(), 'vmb-border-'));
  const { efi, systemDisk, tools } = buildVm.files;
  const signal = new AbortController().signal;
  const adapter = qemu.open({
    commands: localCommands,
    workFolder,
    cacheFolder,
    trial: { kernelPath: efi, systemDiskPath: systemDisk, digest: buildVm.digest },
    // Without a choice the adapter takes its defaults.
    options: {},
  });
  const probe = await adapter.probe(signal);
  if (!probe.usable) throw new Error(probe.reason);
  const images = await imageDisks(setting);
  const session = sessionFor(setting, images, (await stat(systemDisk)).size, (await stat(tools)).size);
  const jobPath = join(workFolder, 'job-to-take.img');
  await writeJobDisk(jobPath, session, nonce, async function* (step, name) {
    yield name === toolsPayload ? readFileSync(tools) : (setting.steps[step - 1]?.payloads?.[name] ?? new Uint8Array());
  });
  const contents: Record<string, DiskContent> = {
    system: { kind: 'copy-of', path: systemDisk },
    job: { kind: 'take', path: jobPath },
  };
  for (const [name, path] of Object.entries(setting.images ?? {})) contents[`disk.${name}`] = { kind: 'copy-of', path };
  for (const disk of session.disks) await adapter.place(disk, contents[disk.id] ?? { kind: 'blank' });
  const boot: Boot =
    setting.boot === undefined
      ? { kind: 'kernel', kernelPath: efi, commandLine: setting.commandLine ?? '' }
      : { kind: 'firmware', firmware: setting.boot };
  const machine = await adapter.boot({ id: 'border', ...session.machine, boot, disks: session.disks }, signal);
  return {
    session,
    machine,
    systemDiskPath: systemDisk,
    read: async (id) => {
      const disk = session.disks.find((candidate) => candidate.id === id);
      if (disk === undefined) throw new Error(`no disk ${id}`);
      return readFileSync(await adapter.collect(disk));
    },
    async remove() {
      await machine.stop();
      await rm(workFolder, { recursive: true, force: true });
    },
  };
}

export interface Run {
  readonly results: readonly StepResult[];
  readonly error: unknown;
  readonly events: readonly SessionEvent[];
  output(step: number): Buffer;
}

/** Carries the session out and keeps what happens, an error too. */
export async function follow(vm: Vm, graceMs?: number): Promise<Run> {
  const events: SessionEvent[] = [];
  let results: readonly StepResult[] = [];
  let error: unknown;
  try {
    const onEvent = (event: SessionEvent) => void events.push(event);
    results = await carryOut(vm.session, {
      nonce,
      machine: vm.machine,
      onEvent,
      ...(graceMs === undefined ? {} : { graceMs }),
    });
  } catch (caught) {
    error = caught;
  }
  await vm.machine.stop();
  const output = (step: number) =>
    Buffer.concat(events.flatMap((event) => (event.type === 'output' && event.number === step ? [event.bytes] : [])));
  return { results, error, events, output };
}

export async function run(setting: Setting, graceMs?: number): Promise<Run> {
  const vm = await bootVm(setting);
  try {
    return await follow(vm, graceMs);
  } finally {
    await vm.remove();
  }
}

async function imageDisks({ images = {} }: Setting): Promise<DiskHandle[]> {
  const disks: DiskHandle[] = [];
  for (const [name, path] of Object.entries(images)) {
    disks.push({ id: `disk.${name}`, role: 'build', sizeBytes: (await stat(path)).size });
  }
  return disks;
}

function sessionFor(
  setting: Setting,
  images: readonly DiskHandle[],
  systemDiskBytes: number,
  toolsBytes: number,
): Session {
  const main = 64 * mebibyte;
  const steps = setting.steps.map(({ script, timeoutMs, payloads, tools }, index): SessionStep => {
    const payloadsIn: PayloadIn[] = Object.entries(payloads ?? {}).map(([name, bytes]) => {
      return { name, lengthBytes: bytes.length };
    });
    if (tools === true) payloadsIn.push({ name: toolsPayload, lengthBytes: toolsBytes, sharedAs: toolsPayload });
    const number = index + 1;
    const clockSeconds = 1_767_225_600;
    return { number, title: `step ${number}`, script, timeoutMs: timeoutMs ?? 120_000, clockSeconds, payloadsIn };
  });
  const regions = setting.regions ?? [{ name: 'main', offsetBytes: 0, lengthBytes: main }];
  const disks: DiskHandle[] = [
    { id: 'system', role: 'system', sizeBytes: systemDiskBytes },
    { id: 'job', role: 'job', sizeBytes: 0 },
    { id: 'disk.main', role: 'build', sizeBytes: main },
    ...images,
  ];
  if (setting.scratchBytes !== undefined)
    disks.push({ id: 'scratch', role: 'scratch', sizeBytes: setting.scratchBytes });
  if (setting.payloadOutBytes !== undefined) {
    disks.push({ id: 'out', role: 'payload-out', sizeBytes: setting.payloadOutBytes });
  }
  const session: Session = {
    protocol: protocolVersion,
    id: 'session-1',
    machine: { arch: setting.arch ?? 'x86_64', memoryBytes: 512 * mebibyte, cpus: 1 },
    epochSeconds: 1_767_225_600,
    disks,
    regions: [
      ...regions.map((region) => ({ ...region, disk: 'disk.main' })),
      ...images.map(({ id, sizeBytes }) => ({
        name: id.slice('disk.'.length),
        disk: id,
        offsetBytes: 0,
        lengthBytes: sizeBytes,
      })),
    ],
    steps,
    deadlines: { bootMs: 120_000, silenceMs: 30_000, endMs: 60_000, ...setting.deadlines },
  };
  const job: DiskHandle = { id: 'job', role: 'job', sizeBytes: jobDiskBytes(session) };
  return { ...session, disks: disks.map((disk) => (disk.id === 'job' ? job : disk)) };
}
