// What a plan says of disks beside their content: parts with names, new sizes, the formats in which they are handed out.

/** Formats of disk images that are made of a raw one on the host. */
export type DiskImageFormat = 'qcow2' | 'vhdx' | 'vhd' | 'vmdk' | 'vdi';
/** Raw disks that are compressed in the guest. */
export type CompressedImageFormat = 'raw.gz' | 'raw.xz' | 'raw.zst';

/** A part of one of the build's disks, presented as a device of its own. `name` is unique in a build, as those of disks are. */
export interface PlannedRegion {
  readonly name: string;
  readonly disk: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** A disk of the build gets another size: a larger one before the session boots, which begins with this step, a smaller one after the session, which it ends. */
export interface PlannedResize {
  readonly disk: string;
  readonly fromBytes: number;
  readonly toBytes: number;
}
