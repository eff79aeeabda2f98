// Boots a disk image as a target-VM under QEMU with one script, and tells how that ended.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BorderError } from '../../../build-vm/border/border-error.ts';
import { carryOut } from '../../../build-vm/border/carry-out.ts';
import { writeJobDisk } from '../../../build-vm/border/job-disk.ts';
import { jobDiskBytes } from '../../../build-vm/border/job-text.ts';
import { protocolVersion, type Session } from '../../../build-vm/border/session.ts';
import { findBuildVm } from '../../../build-vm/make/find-build-vm.ts';
import { foldersOf } from '../../../runner/state/folders.ts';
import type { DiskHandle } from '../../../vmm-adapters/lib/adapter.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { adapter as qemu } from '../../../vmm-adapters/qemu.ts';

const nonce = '00112233445566778899aabbccddeeff';
const mebibyte = 1024 * 1024;

export interface Setting {
  readonly script: string;
  readonly timeoutMs?: number;
  readonly commandLine: string;
  readonly bootMs?: number;
}

export interface Ended {
  /** The step's outcome, or the code and the sentences with which the session broke off. */
  readonly outcome: unknown;
  readonly output: string;
}

/** @param check is given the path of the disk as the machine left it */
export async function bootTarget(
  image: string,
  setting: Setting,
  check?: (diskPath: string) => Promise<void>,
): Promise<Ended> {
  const cacheFolder = foldersOf(process.env, homedir(), process.cwd()).cache;
  const buildVm = findBuildVm({ cacheFolder, arch: 'x86_64' });
  if (buildVm === undefined) throw new Error('There is no build-VM for this checkout: run make setup.');
  const workFolder = await mkdtemp(join(tmpdir(), 'vmb-target-'));
  const { efi, systemDisk, vmlinuz } = buildVm.files;
  const signal = new AbortController().signal;
  const trial = { kernelPath: efi, systemDiskPath: systemDisk, digest: buildVm.digest };
  const adapter = qemu.open({ commands: localCommands, workFolder, cacheFolder, trial, options: {} });
  try {
    const probe = await adapter.probe(signal);
    if (!probe.usable) throw new Error(probe.reason);
    const session = sessionFor(setting, (await stat(image)).size);
    const jobPath = join(workFolder, 'job-to-take.img');
    await writeJobDisk(jobPath, session, nonce, () => {
      throw new Error('there are no payloads');
    });
    const [main, job] = session.disks;
    if (main === undefined || job === undefined) throw new Error('two disks');
    await adapter.place(main, { kind: 'copy-of', path: image });
    await adapter.place(job, { kind: 'take', path: jobPath });
    const boot = { kind: 'kernel' as const, kernelPath: vmlinuz, commandLine: setting.commandLine };
    const machine = await adapter.boot({ id: 'target', ...session.machine, boot, disks: session.disks }, signal);
    let output = '';
    const outcome = await carryOut(session, {
      nonce,
      machine,
      onEvent: (event) => {
        if (event.type === 'output') output += Buffer.from(event.bytes).toString('latin1');
      },
    }).then(
      ([result]) => result?.outcome,
      (error: unknown) => {
        if (!(error instanceof BorderError)) throw error;
        return `${error.code}: ${error.message}`;
      },
    );
    await machine.stop();
    await check?.(await adapter.collect(main));
    return { outcome, output };
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

function sessionFor({ script, timeoutMs, bootMs }: Setting, sizeBytes: number): Session {
  const disks: DiskHandle[] = [
    { id: 'main', role: 'build', sizeBytes },
    { id: 'job', role: 'job', sizeBytes: 0 },
  ];
  const session: Session = {
    protocol: protocolVersion,
    id: 'session-1',
    guest: 'target-VM',
    machine: { arch: 'x86_64', memoryBytes: 256 * mebibyte, cpus: 1 },
    epochSeconds: 1_767_225_600,
    disks,
    regions: [],
    steps: [
      {
        number: 1,
        title: 'run it',
        script,
        timeoutMs: timeoutMs ?? 120_000,
        clockSeconds: 1_767_225_600,
        payloadsIn: [],
      },
    ],
    deadlines: { bootMs: bootMs ?? 120_000, silenceMs: 30_000, endMs: 60_000 },
  };
  const job: DiskHandle = { id: 'job', role: 'job', sizeBytes: jobDiskBytes(session) };
  return { ...session, disks: disks.map((disk) => (disk.id === 'job' ? job : disk)) };
}
