// label: an empty partition table on a disk.
import type { Disk, DiskLabel } from './lib/disk.ts';
import { isUuid, seed, serialOf, uuidOf } from './lib/ids.ts';
import { guestJob, type World } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { diskName } from './lib/options.ts';
import { quoted } from './lib/quoted.ts';
import { type Static, Type } from './lib/schema.ts';
import { sfdisk } from './lib/sfdisk.ts';
import { labelLines } from './lib/table-script.ts';

const schema = Type.Object(
  {
    disk: diskName('Disk to label'),
    type: Type.Enum(['gpt', 'msdos'], { description: 'Kind of partition table', examples: ['gpt'] }),
    uuid: Type.Optional(
      Type.String({
        description:
          'Id of the disk: a GUID on gpt, eight hexadecimal digits on msdos. Derived from the build unless given',
        examples: ['0x1a2b3c4d'],
      }),
    ),
  },
  { additionalProperties: false },
);

export const job = guestJob({
  name: 'label',
  summary: 'Writes an empty partition table',
  schema,
  plan(options, world) {
    const disk = labelled(options, world);
    return { title: `label ${disk.name} as ${options.type}`, disks: [disk] };
  },
  script(options, world) {
    const { name, sizeBytes, label } = labelled(options, world);
    return sfdisk(`/dev/vmb/${name}`, labelLines(label, sizeBytes));
  },
});

function labelled({ disk: name, type, uuid }: Static<typeof schema>, world: World): Disk & { label: DiskLabel } {
  const disk = world.disk(name, ['disk']);
  if (disk.label !== undefined) {
    throw new JobMistake(
      ['disk'],
      `the disk ${quoted(name)} has a label already, because an earlier step wrote a ${disk.label.type} one`,
      'remove one of the two',
    );
  }
  if (disk.filesystems.has(0)) {
    throw new JobMistake(
      ['disk'],
      `the disk ${quoted(name)} cannot have a label, because an earlier step formatted it as a whole`,
      'label it before, and format a partition',
    );
  }
  const bytes = seed(world.identity, ['disk', name]);
  return { ...disk, label: { type, id: type === 'gpt' ? guid(uuid, bytes) : serial(uuid, bytes) } };
}

function guid(id: string | undefined, bytes: string): string {
  if (id === undefined || isUuid(id)) return (id ?? uuidOf(bytes)).toUpperCase();
  throw new JobMistake(
    ['uuid'],
    `${quoted(id)} is no id for a gpt disk, because that is a GUID`,
    `write it like ${quoted(uuidOf(bytes).toUpperCase())}, or leave it out`,
  );
}

function serial(id: string | undefined, bytes: string): string {
  if (id === undefined) return `0x${serialOf(bytes)}`;
  if (/^0x[0-9a-f]{8}$/i.test(id)) return id.toLowerCase();
  throw new JobMistake(
    ['uuid'],
    `${quoted(id)} is no id for an msdos disk, because that is 0x and eight hexadecimal digits`,
    `write it like "0x${serialOf(bytes)}", or leave it out`,
  );
}
