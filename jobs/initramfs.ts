// initramfs: a folder of a volume as a newc archive, which kernels unpack as their first root.
import { parted } from './lib/bring.ts';
import { deviceNode, makeNode } from './lib/device-node.ts';
import type { Volume } from './lib/disk.ts';
import { guestJob, type World } from './lib/job.ts';
import { checkNames } from './lib/kept.ts';
import { JobMistake } from './lib/mistake.ts';
import { place, text } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { type Static, Type } from './lib/schema.ts';
import { lines, type Script, sh } from './lib/shell.ts';
import { settled, unsigned32 } from './lib/times.ts';
import { hasLostAndFound, mounted } from './lib/volume.ts';

const schema = Type.Object(
  {
    from: place('Folder whose content becomes the root', 'tree:/root'),
    to: place('File to write', 'tree:/initramfs'),
    nodes: Type.Optional(
      Type.Array(text('Type (c or b), major and minor number, mode, path', 'c 5 1 0600 /dev/console'), {
        description: 'Devices that the root has besides the files, each as type, major, minor, mode and path',
        examples: [['c 5 1 0600 /dev/console']],
      }),
    ),
    compress: Type.Optional(
      Type.Enum(['none', 'gzip'], { description: 'How it is compressed. none unless given', examples: ['gzip'] }),
    ),
  },
  { additionalProperties: false },
);

type Options = Static<typeof schema>;

export const job = guestJob({
  name: 'initramfs',
  summary: 'Packs a folder of a volume as an initramfs',
  schema,
  plan(options, world) {
    const { from, to } = planned(options, world);
    return { title: `pack ${volumeName(from.volume)}:${from.path} as initramfs ${volumeName(to.volume)}:${to.path}` };
  },
  script(options, world) {
    const { from, to } = planned(options, world);
    const nodes = (options.nodes ?? []).map((line, index) => deviceNode(line, ['nodes', index]));
    return lines(
      copied(from.volume, from.path),
      ...nodes.map((node) => makeNode(node, '/tmp/root')),
      packed(options.compress ?? 'none'),
      stored(to.volume, to.path),
    );
  },
});

interface Place {
  readonly volume: Volume;
  readonly path: string;
}

function planned(options: Options, world: World): { from: Place; to: Place } {
  const from = world.place(options.from, ['from']);
  const to = world.place(options.to, ['to']);
  if (to.path.endsWith('/')) {
    throw new JobMistake(
      ['to'],
      `${quoted(options.to)} names a folder, but this must be a file`,
      'add the name of the file',
    );
  }
  checkNames(to.volume, to.path, ['to']);
  (options.nodes ?? []).forEach((line, index) => void deviceNode(line, ['nodes', index]));
  return { from, to };
}

/** A copy, because the volume must not change: it gets device nodes and times that are not later than the epoch. */
function copied(volume: Volume, path: string): Script {
  return sh`
    ${mounted(volume, '/mnt', 'read-only')}
    vmb_inside /mnt ${path}
    [ -d "$VMB_PATH" ] || vmb_fail ${`${volumeName(volume)}:${path} is not a folder`}
    cp -a "$VMB_PATH" /tmp/root
    umount /mnt
    ${hasLostAndFound(volume, path) ? sh`rmdir /tmp/root/lost+found 2> /dev/null || :` : []}
  `;
}

/** Names sorted by bytes, inodes numbered anew, no device numbers of the folder: only content is left. */
function packed(compress: 'none' | 'gzip'): Script {
  return sh`
    ${settled('/tmp/root', unsigned32)}
    cd /tmp/root
    find . -print0 | sort -z | cpio --null --create --format=newc --reproducible --quiet > /tmp/initramfs
    cd /
    ${compress === 'gzip' ? sh`gzip -n -9 /tmp/initramfs && mv /tmp/initramfs.gz /tmp/initramfs` : sh``}
  `;
}

function stored(volume: Volume, path: string): Script {
  const { parent, base } = parted(path);
  return sh`
    ${mounted(volume, '/mnt', 'read-write')}
    vmb_make_folder /mnt ${parent}
    rm -f -- "$VMB_PATH"/${base}
    cat /tmp/initramfs > "$VMB_PATH"/${base}
  `;
}
