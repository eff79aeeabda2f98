// export: a disk as an artifact, with the volumes that vmb formatted laid out afresh.
import { createHash } from 'node:crypto';
import { compressed, compressionNeedsTools } from './lib/archive.ts';
import type { Disk } from './lib/disk.ts';
import { type ExportedVolume, exportedVolume, formattedVolumes, type Layout, rangesBeside } from './lib/export-plan.ts';
import { copied, copyFunction, decided, laidOut, settledCopy, type TargetVolume } from './lib/export-script.ts';
import { checkImage, type ImageFormat, imageCompression, imageFormats } from './lib/image-format.ts';
import { type ArtifactPlan, guestJob, type World } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { artifactName, diskName } from './lib/options.ts';
import { parseVolume, volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { type Static, Type } from './lib/schema.ts';
import { lines, type Script, sh } from './lib/shell.ts';
import { useTools } from './lib/tools.ts';
import { holdsFiles, kindOf } from './lib/volume.ts';

const schema = Type.Object(
  {
    disk: diskName('Disk to hand out'),
    as: artifactName('Name of the artifact', 'disk.img'),
    format: Type.Optional(
      Type.Enum([...imageFormats], {
        description:
          'Format of the image: raw, raw and compressed, or one that other VMMs take; qemu-img makes those. raw unless given',
        examples: ['qcow2'],
      }),
    ),
    layout: Type.Optional(
      Type.Union(
        [
          Type.Enum(['fresh', 'keep'], { description: 'One word for all volumes' }),
          Type.Record(Type.String(), Type.Enum(['fresh', 'keep'], { description: 'What to do with that volume' }), {
            additionalProperties: false,
            description: 'a table from volumes to "fresh" or "keep"',
          }),
        ],
        {
          description:
            'Whether filesystems are laid out afresh, so that the same content is the same bytes, or kept as they are. Afresh wherever possible unless given',
          examples: ['keep'],
        },
      ),
    ),
  },
  { additionalProperties: false },
);

type Options = Static<typeof schema>;

export const job = guestJob({
  name: 'export',
  summary: 'Hands a disk to the user; the same content gives the same bytes',
  schema,
  plan(options, world) {
    const { disk, volumes, targets, own, format } = planned(options, world);
    return {
      onlyReads: true,
      title: `export ${disk.name} as ${options.as}${format === 'raw' ? '' : ` in the format ${format}`}`,
      ownDisks: [{ name: own, sizeBytes: disk.sizeBytes, regions: regionsOf(targets, own) }],
      artifacts: [{ name: options.as, at: ['as'], from: image(format, own, disk.name) }],
      notes: volumes.map(({ volume, note }) => `${volumeName(volume)} ${note}`),
    };
  },
  script(options, world) {
    const { disk, targets, own, format } = planned(options, world);
    const fresh = targets.filter(({ layout }) => layout !== 'keep');
    const compression = imageCompression(format);
    return lines(
      needTools(targets, compression) ? useTools : undefined,
      copyFunction(`/dev/vmb/${disk.name}`, `/dev/vmb/${own}`),
      ...fresh.map(decided),
      copied(rangesBeside(disk, fresh)),
      // Regions of the disk have caches of their own: what was written to the whole disk must be there before them.
      sh`blockdev --flushbufs ${`/dev/vmb/${own}`}`,
      ...targets.map((target) => (target.layout === 'keep' ? settledCopy(target) : laidOut(target))),
      compression === undefined ? undefined : compressedOut(compression, targets, `/dev/vmb/${own}`),
    );
  },
});

/** What the script brings out is compressed already; everything else is made of the new disk on the host. */
function image(format: ImageFormat, own: string, of: string): ArtifactPlan['from'] {
  switch (format) {
    case 'raw':
      return { kind: 'disk', disk: own, of };
    case 'raw.gz':
    case 'raw.xz':
    case 'raw.zst':
      return { kind: 'payload', payload: 'image', compressed: { disk: own, format } };
    default:
      return { kind: 'disk', disk: own, of, format };
  }
}

/** What was written to the regions must be on the disk before it is read as a whole. */
function compressedOut(kind: 'gz' | 'xz' | 'zst', targets: readonly TargetVolume[], own: string): Script {
  const devices = [...new Set([...targets.map(({ target }) => target), own])];
  return sh`
    blockdev --flushbufs ${devices}
    vmb_payload_out image ${compressed(kind)} < ${own}
  `;
}

function planned(options: Options, world: World) {
  const { layout } = options;
  const disk = world.disk(options.disk, ['disk']);
  const { format = 'raw' } = options;
  checkImage(format, options.as, disk.sizeBytes, options.format === undefined ? ['as'] : ['format']);
  const chosen = typeof layout === 'object' ? chosenLayouts(layout, disk, world) : new Map<number, Layout>();
  const volumes = formattedVolumes(disk).map((volume) =>
    typeof layout === 'string'
      ? exportedVolume(volume, layout, ['layout'])
      : exportedVolume(volume, chosen.get(volume.number), ['layout', volumeName(volume)]),
  );
  // Its own name is unique in the build, as the artifact's is.
  const own = `export-${createHash('sha256').update(options.as).digest('hex').slice(0, 8)}`;
  const targets = volumes.filter(({ layout, volume }) => layout !== 'keep' || holdsFiles(volume));
  return { disk, volumes, targets: targets.map((one) => targetVolume(one, own)), own, format };
}

function needTools(targets: readonly TargetVolume[], compression: ReturnType<typeof imageCompression>): boolean {
  if (compression !== undefined && compressionNeedsTools(compression)) return true;
  return targets.some(({ volume }) => kindOf(volume).needsTools);
}

function targetVolume(exported: ExportedVolume, own: string): TargetVolume {
  const { disk, number } = exported.volume;
  const [target, fact] =
    number === 0 ? [own, `layout.${disk.name}`] : [`${own}-volume${number}`, `layout.${disk.name}.${number}`];
  return { ...exported, target: `/dev/vmb/${target}`, fact };
}

/** A whole disk needs no region: it is presented as itself. */
function regionsOf(targets: readonly TargetVolume[], own: string) {
  return targets
    .filter(({ volume }) => volume.number !== 0)
    .map(({ volume, startBytes }) => ({
      name: `${own}-volume${volume.number}`,
      offsetBytes: startBytes,
      lengthBytes: volume.sizeBytes,
    }));
}

function chosenLayouts(layout: Readonly<Record<string, Layout>>, disk: Disk, world: World): Map<number, Layout> {
  const chosen = new Map<number, Layout>();
  for (const [reference, wanted] of Object.entries(layout)) {
    const at = ['layout', reference];
    if (parseVolume(reference, at).disk !== disk.name) {
      throw new JobMistake(
        at,
        `${quoted(reference)} is no volume of the disk ${quoted(disk.name)}`,
        'leave it out here',
      );
    }
    const { number, filesystem } = world.volume(reference, at);
    if (filesystem === undefined) {
      throw new JobMistake(
        at,
        `${quoted(reference)} is copied as it is, because no step before this one formats it`,
        'leave it out',
      );
    }
    chosen.set(number, wanted);
  }
  return chosen;
}
