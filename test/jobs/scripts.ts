// Runs scripts of jobs on this machine: disks are files, partitions pieces of them, and nothing is mounted.
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Disk } from '../../jobs/lib/disk.ts';
import { checker, Type } from '../../jobs/lib/schema.ts';
import { localCommands } from '../../vmm-adapters/lib/command.ts';
import { type Entry, epochSeconds, guestWork, workOf, worldAfter } from './planning.ts';

/** What every step finds around it (docs/border.md), without the VM. */
const env = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC0',
  SOURCE_DATE_EPOCH: String(epochSeconds),
  E2FSPROGS_FAKE_TIME: String(epochSeconds),
  MTOOLS_SKIP_CHECK: '1',
};

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vmb-jobs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function runScript(script: string, cwd: string): Promise<string> {
  const { stdout } = await localCommands.run('sh', ['-eu', '-c', `vmb_tools() { :; }\n${script}`], { cwd, env });
  return stdout;
}

/** Carries entries out on a file for the one disk that they make. Formats go to a file of the volume's size, put in place after. */
export async function onDiskFile(entries: readonly Entry[]): Promise<string> {
  const folder = await temporaryFolder();
  const image = join(folder, 'disk.img');
  for (const [index, [job, options]] of entries.entries()) {
    const world = worldAfter(...entries.slice(0, index));
    const work = workOf(job, options, world);
    const [disk] = work.effects.disks ?? [];
    if (disk === undefined) continue;
    if (work.kind === 'disk') {
      await writeFile(image, '');
      await truncate(image, disk.sizeBytes);
    } else {
      await runStep(guestWork(job, options, world).script, disk, image, folder);
    }
  }
  return image;
}

async function runStep(script: string, disk: Disk, image: string, folder: string): Promise<void> {
  const device = `/dev/vmb/${disk.name}`;
  const partition = new RegExp(`${device}-part([0-9]+)`).exec(script)?.[1];
  if (partition === undefined) {
    await runScript(script.replaceAll(`'${device}'`, `'${image}'`), folder);
    return;
  }
  const found = disk.partitions.find(({ number }) => number === Number(partition));
  if (found === undefined) throw new Error(`${disk.name} has no partition ${partition}`);
  const piece = join(folder, `part${partition}.img`);
  await writeFile(piece, '');
  await truncate(piece, found.sizeBytes);
  await runScript(script.replaceAll(`'${device}-part${partition}'`, `'${piece}'`), folder);
  const copy = ['bs=512', `seek=${found.startBytes / 512}`, 'conv=notrunc,sparse', 'status=none'];
  await localCommands.run('dd', [`if=${piece}`, `of=${image}`, ...copy]);
}

/** One partition of a disk file as a file of its own. */
export async function partitionFile(image: string, startBytes: number, sizeBytes: number): Promise<string> {
  const piece = join(await temporaryFolder(), 'piece.img');
  const range = ['bs=512', `skip=${startBytes / 512}`, `count=${sizeBytes / 512}`, 'conv=sparse', 'status=none'];
  await localCommands.run('dd', [`if=${image}`, `of=${piece}`, ...range]);
  await truncate(piece, sizeBytes);
  return piece;
}

const sfdiskTable = checker(
  Type.Object({
    partitiontable: Type.Object({
      label: Type.String(),
      id: Type.String(),
      firstlba: Type.Optional(Type.Integer()),
      lastlba: Type.Optional(Type.Integer()),
      partitions: Type.Array(
        Type.Object({
          node: Type.String(),
          start: Type.Integer(),
          size: Type.Integer(),
          name: Type.Optional(Type.String()),
        }),
        { default: [] },
      ),
    }),
  }),
);

/** What sfdisk -J says of a disk file. */
export async function sfdiskJson(image: string) {
  const { stdout } = await localCommands.run('sfdisk', ['-J', image], { env });
  const table = sfdiskTable(JSON.parse(stdout.replaceAll(image, 'disk')));
  if (!table.ok) throw new Error(`sfdisk says ${stdout}`);
  return table.value.partitiontable;
}
