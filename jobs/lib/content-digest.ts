// The digest of what a disk or a volume holds, the same on every VMM and before and after export: of its files, where it has any.
import type { Volume } from './disk.ts';
import { type ByteRange, type ExportedVolume, formattedVolumes, rangesBeside } from './export-plan.ts';
import { volumeName } from './place.ts';
import { lines, type Script, sh } from './shell.ts';
import { emptyLostAndFound, packed } from './tar.ts';
import { useTools } from './tools.ts';
import { holdsFiles, keepsOf, mounted } from './volume.ts';

export interface ContentDigest {
  /** Sets `digest` to what the program prints. */
  readonly script: Script;
  /** What the digest is of, for the plan. */
  readonly notes: readonly string[];
}

/**
 * `program` is sha256sum or sha512sum. Of a volume with files it is the digest of the tar that tar-out makes of its root: kernels write
 * times and counters into a filesystem, and put files where there is room. Of a disk with such volumes it is that of the bytes
 * beside them, then a line with number and digest for each of them. Everything else is bytes.
 */
export function contentDigest(volume: Volume, program: string): ContentDigest {
  if (holdsFiles(volume)) return { script: filesDigest(volume, program), notes: [noteOf(volume)] };
  const files = volume.number === 0 ? formattedVolumes(volume.disk).filter(holdsFiles) : [];
  if (files.length === 0) return { script: sh`digest=$(${program} < ${volume.device})`, notes: [] };
  const beside = rangesBeside(volume.disk, files.map(placeOf));
  const script = sh`
    : > /tmp/digests
    ${lines(...files.map((one) => lines(filesDigest(one, program), sh`printf '%s %s\n' ${one.number} "\${digest%% *}" >> /tmp/digests`)))}
    digest=$(
      {
        ${lines(...beside.map((range) => bytesOf(volume.device, range)))}
        cat /tmp/digests
      } | ${program}
    )
  `;
  return { script, notes: files.map(noteOf) };
}

function noteOf(volume: Volume): string {
  return `of ${volumeName(volume)}, the files are hashed: the tar that tar-out makes of its root`;
}

function filesDigest(volume: Volume, program: string): Script {
  return sh`
    ${keepsOf(volume).attributes ? useTools : []}
    ${mounted(volume, '/mnt', 'read-only')}
    ${emptyLostAndFound(volume, '/', sh`/mnt`)}
    digest=$({ ${packed(volume, [])} -C /mnt $lost . || echo > /tmp/failed; } | ${program})
    [ ! -e /tmp/failed ] || exit 1
    umount /mnt
  `;
}

function bytesOf(device: string, { offsetBytes, lengthBytes }: ByteRange): Script {
  return sh`dd if=${device} bs=1M skip=${offsetBytes} count=${lengthBytes} iflag=skip_bytes,count_bytes,fullblock status=none`;
}

function placeOf(volume: Volume): Pick<ExportedVolume, 'volume' | 'startBytes'> {
  const startBytes = volume.disk.partitions.find(({ number }) => number === volume.number)?.startBytes ?? 0;
  return { volume, startBytes };
}
