// Makes an image of a raw disk in the format that a user wants: qemu-img writes it, then what it made up at random gets fixed values.
import type { DiskImageFormat } from '../../jobs/lib/planned-disk.ts';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { explained } from '../../vmm-adapters/lib/host-files.ts';
import { makeQemuImg } from '../../vmm-adapters/lib/qemu-img.ts';
import { type ImageIds, imageIds } from './image-ids.ts';
import { fixVdi } from './vdi.ts';
import { fixVhd } from './vhd.ts';
import { fixVhdx } from './vhdx.ts';
import { fixVmdk } from './vmdk.ts';

export interface DiskImageRequest {
  readonly rawPath: string;
  /** SHA-256 of the raw disk: the ids of the image come from it, so that the same disk is the same image. */
  readonly sha256: string;
  /** The new file. A vmdk holds its name. */
  readonly path: string;
  /** Of the artifact: two images of one disk are two disks for those who tell disks apart by id. */
  readonly name: string;
  readonly format: DiskImageFormat;
  readonly commands: CommandRunner;
}

/** qcow2 has no id and no time. */
const fixes: Readonly<Record<DiskImageFormat, ((path: string, ids: ImageIds) => Promise<void>) | undefined>> = {
  qcow2: undefined,
  vhdx: fixVhdx,
  vhd: fixVhd,
  vmdk: fixVmdk,
  vdi: fixVdi,
};

/** @throws AdapterError `program-missing`, `program-failed`, `disk-full` */
export async function makeDiskImage({
  rawPath,
  sha256,
  path,
  name,
  format,
  commands,
}: DiskImageRequest): Promise<void> {
  await makeQemuImg(commands).makeUserImage(rawPath, path, format);
  const fix = fixes[format];
  if (fix !== undefined) await explained(path, () => fix(path, imageIds(sha256, name, format)));
}
