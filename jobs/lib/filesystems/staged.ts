// Filesystems that no kernel writes to: until export their volume holds an ext4 with the same files, out of which export makes them.
import type { Filesystem, Volume } from '../disk.ts';
import { type FilesystemKind, labelAt, unixKeeps, volumeAt, type WantedFilesystem } from '../filesystem.ts';
import { derived, uuidOf } from '../ids.ts';
import { JobMistake } from '../mistake.ts';
import { quoted } from '../quoted.ts';
import { type Script, sh } from '../shell.ts';
import { gibibyte, mebibyte, sizeText } from '../size.ts';

const smallestBytes = mebibyte;
/** ext4 with blocks of 1 KiB, which mke2fs takes for small volumes. */
const largestFileBytes = 4 * 1024 * gibibyte;

interface StagedKind {
  readonly type: string;
  readonly summary: string;
  readonly plan: (wanted: WantedFilesystem) => Filesystem;
  /** Writes all that a folder holds to a device; its failure means that there was not enough room. */
  readonly make: (filesystem: Filesystem, folder: string, device: string) => Script;
}

export function staged({ type, summary, plan, make }: StagedKind): FilesystemKind {
  return {
    type,
    summary: `${summary}; made by export, an ext4 until then`,
    settings: {},
    mount: { type: 'ext4', options: '' },
    keeps: () => ({ ...unixKeeps, largestFileBytes }),
    needsTools: true,
    plan(wanted) {
      checkRoom(type, wanted.volume);
      return plan(wanted);
    },
    format: (filesystem, _volume, device) => stagingArea(filesystem, device),
    fresh: {
      isStaged: true,
      // What was staged is never exported, so that nothing of it has to be as it was.
      identity: () => sh`echo ${type}`,
      layOut: (filesystem, _volume, folder, device) => sh`
        ${make(filesystem, folder, device)} > /tmp/layout.log 2>&1 || {
          cat /tmp/layout.log
          trouble=${`because ${type} needs more room for its content than the volume has`}
        }
      `,
    },
  };
}

/** @throws JobMistake */
export function refuseLabel(type: string, label: string | undefined): void {
  if (label === undefined) return;
  throw new JobMistake(
    labelAt,
    `the label ${quoted(label)} is not possible, because ${type} has none here`,
    'leave it out',
  );
}

function checkRoom(type: string, { sizeBytes }: Volume): void {
  if (sizeBytes >= smallestBytes) return;
  throw new JobMistake(
    volumeAt,
    `${sizeText(sizeBytes)} are too small for ${type}, because its files are gathered in an ext4 first, which needs ${sizeText(smallestBytes)}`,
    'make the volume larger',
  );
}

/** Without a journal and without a folder that nobody asked for: only the files count. */
function stagingArea({ type, id }: Filesystem, device: string): Script {
  const uuid = uuidOf(derived(id, `staging ${type}`));
  const features = 'none,ext_attr,dir_index,sparse_super,large_file,filetype,extent,extra_isize';
  return sh`
    mke2fs -q -F -t ext4 -O ${features} -I 256 -m 0 -i 4096 -U ${uuid} -E ${`hash_seed=${uuid},root_owner=0:0,nodiscard`} ${device}
    debugfs -w -R 'rmdir lost+found' ${device} 2> /dev/null
  `;
}
