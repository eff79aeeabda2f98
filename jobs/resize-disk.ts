// resize-disk: a disk gets another size, and its last partition with the filesystem in it goes along when told.
import { createHash } from 'node:crypto';
import type { Volume } from './lib/disk.ts';
import { filesystemKind } from './lib/filesystems.ts';
import { seed } from './lib/ids.ts';
import { guestJob, type World } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { diskName, size, volume as volumeOption } from './lib/options.ts';
import { parseVolume, volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { type PlannedDiskResize, planResize, type ResizedVolume } from './lib/resize-plan.ts';
import { resizeScript } from './lib/resize-script.ts';
import { type Static, Type } from './lib/schema.ts';
import { lines } from './lib/shell.ts';
import { mebibyte, parseSize, sizeText } from './lib/size.ts';
import { useTools } from './lib/tools.ts';

const schema = Type.Object(
  {
    disk: diskName('Disk that gets another size'),
    size: size('Its new size', '128MiB'),
    volume: Type.Optional(
      volumeOption('What goes with the disk: its last partition with the filesystem in it takes all that is left'),
    ),
  },
  { additionalProperties: false },
);

type Options = Static<typeof schema>;

export const job = guestJob({
  name: 'resize-disk',
  summary: 'Makes a disk larger or smaller, and its last volume with it; nothing that is in use is cut off',
  schema,
  plan(options, world) {
    const { resize, names } = planned(options, world);
    const { before, after, volume } = resize;
    return {
      title: titleOf(resize),
      disks: [after],
      ...(before.sizeBytes === after.sizeBytes
        ? {}
        : { resizes: { disk: before.name, fromBytes: before.sizeBytes, toBytes: after.sizeBytes } }),
      ...(volume === undefined ? {} : devicesOf(volume, names)),
    };
  },
  script(options, world) {
    const { resize, names } = planned(options, world);
    const devices = { region: `/dev/vmb/${names.region}`, own: `/dev/vmb/${names.own}` };
    return lines(needsTools(resize.volume) ? useTools : undefined, resizeScript(resize, devices));
  },
});

function needsTools(volume: ResizedVolume | undefined): boolean {
  const filesystem = volume?.content?.filesystem;
  return filesystem !== undefined && filesystemKind(filesystem.type).needsTools === true;
}

interface Names {
  readonly region: string;
  readonly own: string;
}

function planned(options: Options, world: World): { resize: PlannedDiskResize; names: Names } {
  const disk = world.disk(options.disk, ['disk']);
  const sizeBytes = parseSize(options.size, ['size']);
  if (sizeBytes < mebibyte) {
    throw new JobMistake(['size'], `${quoted(options.size)} is too small for a disk`, 'write "1MiB" or more');
  }
  const resize = planResize(disk, sizeBytes, options.volume === undefined ? undefined : volumeOn(options, world));
  if (resize.volume !== undefined) checkNewSize(resize.volume, world);
  // Unique in a build: a disk has each pair of sizes in one step only, or the states between are the same.
  const key = JSON.stringify([disk.name, disk.sizeBytes, sizeBytes, options.volume, disk.filesystems.size]);
  const name = `resize-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
  return { resize, names: { region: `${name}-volume`, own: name } };
}

function volumeOn({ disk, volume = '' }: Options, world: World): Volume {
  const at = ['volume'];
  if (parseVolume(volume, at).disk === disk) return world.volume(volume, at);
  throw new JobMistake(
    at,
    `${quoted(volume)} is no volume of the disk ${quoted(disk)}`,
    'name one of its own, or leave it out',
  );
}

/** A filesystem of the new size must be one that could be made. @throws JobMistake */
function checkNewSize({ after }: ResizedVolume, world: World): void {
  const { filesystem } = after;
  if (filesystem === undefined) return;
  const { type, label, id, settings } = filesystem;
  filesystemKind(type).plan({
    volume: after,
    label: label === '' ? undefined : label,
    id,
    settings,
    epochSeconds: world.epochSeconds,
    seed: seed(world.identity, ['filesystem', after.disk.name, after.number]),
  });
}

function devicesOf({ before, after, startBytes, content }: ResizedVolume, names: Names) {
  const lengthBytes = Math.max(before.sizeBytes, after.sizeBytes);
  if (content === undefined) return {};
  return {
    regions: [{ name: names.region, disk: before.disk.name, offsetBytes: startBytes, lengthBytes }],
    ...(content.resize.way === 'anew'
      ? { ownDisks: [{ name: names.own, sizeBytes: after.sizeBytes, regions: [] }] }
      : {}),
  };
}

function titleOf({ before, after, volume }: PlannedDiskResize): string {
  const disk = `resize ${before.name} from ${sizeText(before.sizeBytes)} to ${sizeText(after.sizeBytes)}`;
  if (volume === undefined || volume.before.number === 0) return disk;
  const sizes = `${sizeText(volume.before.sizeBytes)} to ${sizeText(volume.after.sizeBytes)}`;
  return `${before.sizeBytes === after.sizeBytes ? `resize ${volumeName(volume.before)} from ${sizes}` : `${disk}, and ${volumeName(volume.before)} from ${sizes}`}`;
}
