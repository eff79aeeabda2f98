// tar-in: what an archive holds, unchanged, into a volume.
import { archiveNeedsTools, unpackedArchive } from './lib/archive.ts';
import { guestJob } from './lib/job.ts';
import { checkNames, lossNotes } from './lib/kept.ts';
import { place, source } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { Type } from './lib/schema.ts';
import { lines, type Script, sh } from './lib/shell.ts';
import { parseSource } from './lib/source.ts';
import { ownerLimits, unpacked } from './lib/tar.ts';
import { useTools } from './lib/tools.ts';
import { mounted } from './lib/volume.ts';

/** tar tells of a write that was cut short, not of a volume that is full; ext4 keeps 2 % free for itself (ext4_calculate_resv_clusters). */
function toldWhenFull(sentence: string): Script {
  return sh`
    [ $(($(stat -f -c '%f * 25 / %b' "$VMB_PATH"))) -gt 0 ] || vmb_fail ${sentence}
  `;
}

export const job = guestJob({
  name: 'tar-in',
  summary: 'Unpacks an archive into a volume, with modes, owners, links, attributes and holes as they are',
  schema: Type.Object(
    {
      from: source(
        'The archive: tar, as it is or compressed with gzip, xz, zstd or bzip2, or a Debian package, whatever its name',
        'files/root.tar',
      ),
      to: place('Folder that it is unpacked into; made if it is missing', 'main:1:/'),
      'strip-components': Type.Optional(
        Type.Integer({
          description: 'How many folders are taken off the front of each name in the archive. 0 unless given',
          minimum: 0,
          maximum: 100,
          examples: [1],
        }),
      ),
    },
    { additionalProperties: false },
  ),
  plan(options, world) {
    const { volume, path } = world.place(options.to, ['to']);
    const archive = parseSource(options.from);
    checkNames(volume, path, ['to']);
    return {
      title: `unpack ${options.from} in ${volumeName(volume)}:${path}`,
      notes: lossNotes(volume),
      payloadsIn: [{ kind: 'raw', name: 'archive', source: archive, at: ['from'] }],
    };
  },
  script(options, world) {
    const { volume, path } = world.place(options.to, ['to']);
    const strip = options['strip-components'] ?? 0;
    const needsTools = archiveNeedsTools(world.sourceStart(parseSource(options.from), ['from']));
    const stripped = strip === 0 ? [] : [`--strip-components=${strip}`];
    return lines(
      needsTools ? useTools : undefined,
      mounted(volume, '/mnt', 'read-write'),
      sh`vmb_make_folder /mnt ${path}`,
      ownerLimits(volume),
      unpackedArchive(
        options.from,
        unpacked(volume, sh`/mnt`, 'everything', stripped),
        toldWhenFull(`${volumeName(volume)} has no room left, because ${options.from} holds more than fits`),
      ),
    );
  },
});
