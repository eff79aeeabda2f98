// create-disk: a new, blank disk for the build.
import type { Disk } from './lib/disk.ts';
import { diskJob } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { diskName, size } from './lib/options.ts';
import { quoted } from './lib/quoted.ts';
import { Type } from './lib/schema.ts';
import { mebibyte, parseSize, sizeText } from './lib/size.ts';

const longestName = 32;

export const job = diskJob({
  name: 'create-disk',
  summary: 'Makes a blank disk',
  schema: Type.Object(
    {
      disk: diskName('Name of the new disk: small letters, digits and "-"'),
      size: size('Size of the disk', '64MiB'),
    },
    { additionalProperties: false },
  ),
  plan(options, world) {
    const name = world.newDiskName(checkedName(options.disk), ['disk']);
    const sizeBytes = parseSize(options.size, ['size']);
    if (sizeBytes < mebibyte) {
      throw new JobMistake(['size'], `${quoted(options.size)} is too small for a disk`, 'write "1MiB" or more');
    }
    const disk: Disk = { name, sizeBytes, label: undefined, partitions: [], filesystems: new Map() };
    return { title: `create the disk ${name}, ${sizeText(sizeBytes)}`, disks: [disk] };
  },
});

/** A name that is no other thing's: vmb:, artifact: and fetched: begin sources, main-part1 is a device of main. */
function checkedName(name: string): string {
  const taken = ['vmb', 'artifact', 'fetched'].includes(name) || /-part[0-9]+$/.test(name);
  if (!taken && name.length <= longestName && /^[a-z][a-z0-9-]*$/.test(name)) return name;
  throw new JobMistake(
    ['disk'],
    taken
      ? `${quoted(name)} cannot be the name of a disk, because it would be taken for another thing`
      : `${quoted(name)} cannot be the name of a disk, because that is a small letter and up to ${longestName - 1} more of a-z, 0-9 and "-"`,
    'choose a name like "main"',
  );
}
