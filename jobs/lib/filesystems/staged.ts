// Filesystems that no kernel writes to: until export their volume holds an ext4 with the same files, out of which export makes them.
import type { Filesystem, Volume } from '../disk.ts';
import {
  type FilesystemKind,
  type Keeps,
  labelAt,
  type Mount,
  unixKeeps,
  volumeAt,
  type WantedFilesystem,
} from '../filesystem.ts';
import { derived, uuidOf } from '../ids.ts';
import { JobMistake } from '../mistake.ts';
import { volumeName } from '../place.ts';
import { quoted } from '../quoted.ts';
import { type Script, sh } from '../shell.ts';
import { gibibyte, mebibyte, sizeText } from '../size.ts';
import type { Times } from '../times.ts';

const smallestBytes = mebibyte;
/** ext4 with blocks of 1 KiB, which mke2fs takes for small volumes. */
const largestFileBytes = 4 * 1024 * gibibyte;

interface StagedKind {
  readonly type: string;
  readonly summary: string;
  /** Where it keeps less than the ext4. */
  readonly keeps?: Partial<Keeps>;
  readonly times: Times;
  /** How what export made of it is mounted. */
  readonly exported: Mount;
  readonly plan: (wanted: WantedFilesystem) => Filesystem;
  /**
   * Writes all that a folder holds to a device. Exit code 1 means that there was not enough room; with any other, its last line
   * is the reason.
   */
  readonly make: (filesystem: Filesystem, folder: string, device: string) => Script;
}

export function staged({ type, summary, keeps, times, exported, plan, make }: StagedKind): FilesystemKind {
  return {
    type,
    summary: `${summary}; made by export, an ext4 until then`,
    settings: {},
    mount: { type: 'ext4', options: '' },
    exported,
    keeps: () => ({ ...unixKeeps, largestFileBytes, ...keeps }),
    times,
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
      layOut: (filesystem, volume, folder, device) => sh`
        ${make(filesystem, folder, device)} > /tmp/layout.log 2>&1 || {
          code=$?
          cat /tmp/layout.log
          [ "$code" = 1 ] || vmb_fail ${`${volumeName(volume)} cannot be made ${type}, because `}"$(tail -n 1 /tmp/layout.log)"
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
    debugfs -w -R 'rmdir lost+found' ${device} > /dev/null 2>&1
  `;
}
