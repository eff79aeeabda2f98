// partition: one more partition on a labelled disk.
import type { Disk, DiskLabel, Partition } from './lib/disk.ts';
import { extendedType, partitionType } from './lib/gpt-types.ts';
import { isUuid, seed, uuidOf } from './lib/ids.ts';
import { guestJob, type World } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { diskName, size } from './lib/options.ts';
import { placePartition } from './lib/partition-table.ts';
import { quoted } from './lib/quoted.ts';
import { type Static, Type } from './lib/schema.ts';
import { parseSize, sizeText } from './lib/size.ts';
import { appended } from './lib/table-script.ts';

const schema = Type.Object(
  {
    disk: diskName('Disk that gets the partition'),
    size: size('Size of the partition, or "rest" for all that is left', 'rest'),
    type: Type.Optional(
      Type.String({
        description:
          'Type: a name such as linux, esp, swap or bios-boot, a GUID on gpt, two hexadecimal digits on msdos. linux unless given',
        examples: ['linux'],
      }),
    ),
    kind: Type.Optional(
      Type.Enum(['primary', 'extended', 'logical'], {
        description: 'On msdos: primary, the extended one, or logical within it. primary unless given',
        examples: ['primary'],
      }),
    ),
    start: Type.Optional(size('Where it begins. Behind the last partition, at a whole MiB, unless given', '1MiB')),
    name: Type.Optional(
      Type.String({ description: 'On gpt: name of the partition, up to 36 characters', examples: ['system'] }),
    ),
    uuid: Type.Optional(
      Type.String({
        description: 'On gpt: GUID of the partition. Derived from the build unless given',
        examples: ['9C6D9F6B-2F0E-8D3A-9A0B-6C1E5B7A4D21'],
      }),
    ),
    bootable: Type.Optional(
      Type.Boolean({
        description: 'Whether a BIOS may start from it (the active flag). false unless given',
        examples: [true],
      }),
    ),
  },
  { additionalProperties: false },
);

export const job = guestJob({
  name: 'partition',
  summary: 'Adds a partition to a labelled disk',
  schema,
  plan(options, world) {
    const { disk, partition } = planned(options, world);
    const { number, sizeBytes, startBytes, kind } = partition;
    const what = kind === 'primary' ? 'partition' : `${kind} partition`;
    return {
      title: `${what} ${disk.name}:${number}, ${sizeText(sizeBytes)} from ${sizeText(startBytes)}`,
      disks: [{ ...disk, partitions: [...disk.partitions, partition] }],
    };
  },
  script(options, world) {
    const { disk, partition } = planned(options, world);
    return appended(`/dev/vmb/${disk.name}`, disk, partition);
  },
});

function planned(options: Static<typeof schema>, world: World): { disk: Disk; partition: Partition } {
  const disk = world.disk(options.disk, ['disk']);
  const { label } = disk;
  if (label === undefined) {
    throw new JobMistake(
      ['disk'],
      `the disk ${quoted(disk.name)} cannot have partitions, because no step before this one labels it`,
      'put a label before it',
    );
  }
  const kind = options.kind ?? 'primary';
  const placed = placePartition(disk, {
    kind,
    sizeBytes: options.size === 'rest' ? 'rest' : parseSize(options.size, ['size']),
    startBytes: options.start === undefined ? undefined : parseSize(options.start, ['start']),
  });
  const seedBytes = seed(world.identity, ['partition', disk.name, placed.number]);
  const partition = {
    ...placed,
    kind,
    type: typeOf(options, kind, label.type),
    bootable: options.bootable ?? false,
    ...(label.type === 'gpt' ? gptNames(options, seedBytes) : noGptNames(options)),
  };
  checkActive(disk, partition);
  return { disk, partition };
}

/** An MBR starts the one active partition; with two of them most refuse to start any. */
function checkActive({ label, partitions, name }: Disk, { bootable }: Partition): void {
  const other = partitions.find((one) => one.bootable);
  if (label?.type !== 'msdos' || !bootable || other === undefined) return;
  throw new JobMistake(
    ['bootable'],
    `the partition ${other.number} of the disk ${quoted(name)} is active already, and an msdos disk has one`,
    'make one of the two inactive',
  );
}

function typeOf({ type }: Static<typeof schema>, kind: Partition['kind'], label: DiskLabel['type']): string {
  if (kind !== 'extended') return partitionType(type ?? 'linux', label, ['type']);
  if (type === undefined) return extendedType;
  throw new JobMistake(['type'], 'an extended partition has no type of its choice', 'leave the type out');
}

function gptNames({ uuid: id, name = '' }: Static<typeof schema>, seedBytes: string): { id: string; name: string } {
  // sfdisk's scripts have no way to write a double quote, and a name has room for 36 units of UTF-16.
  if (name.length > 36 || /["\\\u0000-\u001f\u007f]/.test(name)) {
    throw new JobMistake(
      ['name'],
      `${quoted(name)} cannot be the name of a partition, because that has up to 36 characters, no quotes, backslashes or control characters`,
      'choose another name',
    );
  }
  if (id !== undefined && !isUuid(id)) {
    throw new JobMistake(
      ['uuid'],
      `${quoted(id)} is no id for a partition, because that is a GUID`,
      `write it like ${quoted(uuidOf(seedBytes).toUpperCase())}, or leave it out`,
    );
  }
  return { id: (id ?? uuidOf(seedBytes)).toUpperCase(), name };
}

function noGptNames(options: Static<typeof schema>): { id: ''; name: '' } {
  for (const key of ['name', 'uuid'] as const) {
    if (options[key] === undefined) continue;
    throw new JobMistake([key], `partitions of an msdos disk have no ${key}`, 'leave it out, or label the disk as gpt');
  }
  return { id: '', name: '' };
}
