// tar-in: what a tar archive holds, unchanged, into a volume.
import { guestJob, type World } from './lib/job.ts';
import { checkNames, lossNotes } from './lib/kept.ts';
import { JobMistake } from './lib/mistake.ts';
import { place, source } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { Type } from './lib/schema.ts';
import { sh } from './lib/shell.ts';
import { parseSource } from './lib/source.ts';
import { unpackOptions } from './lib/tar.ts';
import { mounted } from './lib/volume.ts';

export const job = guestJob({
  name: 'tar-in',
  summary: 'Unpacks a tar archive into a volume, with modes, owners, links, attributes and holes as they are',
  schema: Type.Object(
    {
      from: source('The archive, not compressed', 'files/root.tar'),
      to: place('Folder that it is unpacked into; made if it is missing', 'main:1:/'),
    },
    { additionalProperties: false },
  ),
  plan(options, world) {
    const { volume, path } = target(options, world);
    checkNames(volume, path, ['to']);
    return {
      title: `unpack ${options.from} in ${volumeName(volume)}:${path}`,
      notes: lossNotes(volume),
      payloadsIn: [{ kind: 'raw', name: 'archive', source: parseSource(options.from), at: ['from'] }],
    };
  },
  script(options, world) {
    const { volume, path } = target(options, world);
    return sh`
      ${mounted(volume, '/mnt', 'read-write')}
      vmb_inside /mnt ${path}
      mkdir -p -- "$VMB_PATH"
      vmb_payload_in archive tar -C "$VMB_PATH" ${unpackOptions(volume, 'everything')}
    `;
  },
});

function target(options: { from: string; to: string }, world: World): ReturnType<World['place']> {
  const found = world.place(options.to, ['to']);
  const ending = /\.(t?gz|t?xz|t?zst|t?bz2|tbz|lz4|lzma|deb)$/.exec(options.from)?.[0];
  if (ending === undefined) return found;
  throw new JobMistake(
    ['from'],
    `${quoted(options.from)} is compressed, but tar-in reads plain tar archives only`,
    'unpack it to a .tar file first',
  );
}
