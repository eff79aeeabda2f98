// format: a new filesystem on a volume.
import type { Filesystem, Volume } from './lib/disk.ts';
import { settingAt, volumeAt } from './lib/filesystem.ts';
import { checkEpoch } from './lib/filesystem-limits.ts';
import { filesystemKind, filesystemKinds } from './lib/filesystems.ts';
import { seed } from './lib/ids.ts';
import { guestJob, type World } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { volume } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { type Static, type TInteger, Type } from './lib/schema.ts';
import { lines } from './lib/shell.ts';
import { useTools } from './lib/tools.ts';

const allSettings: Record<string, TInteger> = {};
for (const { settings } of filesystemKinds) Object.assign(allSettings, settings);

const schema = Type.Object(
  {
    volume: volume('Volume to format'),
    type: Type.Enum(
      filesystemKinds.map(({ type }) => type),
      {
        description: `Filesystem:${filesystemKinds.map(({ type, summary }) => `\n${type}: ${summary}`).join('')}`,
        examples: ['ext4'],
      },
    ),
    label: Type.Optional(
      Type.String({ description: 'Label of the filesystem. None unless given', minLength: 1, examples: ['DATA'] }),
    ),
    uuid: Type.Optional(
      Type.String({
        description:
          'Id of the filesystem: a UUID, or eight hexadecimal digits for fat32. Derived from the build unless given',
        examples: ['6c1e5b7a-4d21-8f0e-9a0b-9c6d9f6b2f0e'],
      }),
    ),
    settings: Type.Optional(
      Type.Object(
        Object.fromEntries(Object.entries(allSettings).map(([name, setting]) => [name, Type.Optional(setting)])),
        { additionalProperties: false, description: 'Numbers that one filesystem or another lets you choose' },
      ),
    ),
  },
  { additionalProperties: false },
);

export const job = guestJob({
  name: 'format',
  summary: 'Makes a filesystem',
  schema,
  plan(options, world) {
    const { volume, filesystem } = planned(options, world);
    const { disk, number } = volume;
    return {
      title: `format ${volumeName(volume)} as ${options.type}`,
      disks: [{ ...disk, filesystems: new Map([...disk.filesystems, [number, filesystem]]) }],
      notes: stagingNote(volume, filesystem.type),
    };
  },
  script(options, world) {
    const { volume, filesystem } = planned(options, world);
    const kind = filesystemKind(filesystem.type);
    return lines(kind.needsTools ? useTools : undefined, kind.format(filesystem, volume, volume.device));
  },
});

function stagingNote(volume: Volume, type: string): string[] {
  if (filesystemKind(type).fresh?.isStaged !== true) return [];
  return [`${volumeName(volume)} is an ext4 with the same files until export makes it ${type}`];
}

function planned(options: Static<typeof schema>, world: World): { volume: Volume; filesystem: Filesystem } {
  const volume = world.volume(options.volume, volumeAt);
  checkUnused(volume);
  const kind = filesystemKind(options.type);
  const settings: Record<string, number> = {};
  for (const [name, value] of Object.entries(options.settings ?? {})) {
    if (kind.settings[name] === undefined) {
      throw new JobMistake(settingAt(name), `${options.type} has no ${quoted(name)}`, 'leave it out');
    }
    if (value !== undefined) settings[name] = value;
  }
  checkEpoch(options.type, world.epochSeconds, kind.times);
  const filesystem = kind.plan({
    volume,
    label: options.label,
    id: options.uuid,
    settings,
    epochSeconds: world.epochSeconds,
    seed: seed(world.identity, ['filesystem', volume.disk.name, volume.number]),
  });
  return { volume, filesystem };
}

function checkUnused(volume: Volume): void {
  const name = quoted(volumeName(volume));
  if (volume.filesystem !== undefined) {
    throw new JobMistake(
      volumeAt,
      `${name} is formatted already, because an earlier step made it ${volume.filesystem.type}`,
      'remove one of the two',
    );
  }
  if (volume.number === 0 && volume.disk.label !== undefined) {
    const first = volume.disk.partitions[0];
    throw new JobMistake(
      volumeAt,
      `${name} cannot be formatted as a whole, because an earlier step labelled it`,
      first === undefined
        ? 'add a partition and format that'
        : `format a partition, such as "${volume.disk.name}:${first.number}"`,
    );
  }
  const partition = volume.disk.partitions.find(({ number }) => number === volume.number);
  const startBytes = partition?.startBytes ?? 0;
  const isWritten = volume.disk.written?.some(
    (range) => range.startBytes < startBytes + volume.sizeBytes && startBytes < range.endBytes,
  );
  if (isWritten === true) {
    throw new JobMistake(
      volumeAt,
      `${name} cannot be formatted, because an earlier step wrote bytes into it, and a new filesystem begins with a blank volume`,
      'format it before the dd',
    );
  }
  if (partition?.kind === 'extended') {
    throw new JobMistake(
      volumeAt,
      `${name} is the extended partition, which holds the logical ones`,
      'format one of those',
    );
  }
}
