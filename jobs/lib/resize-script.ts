// The guest's part of resize-disk: looks whether anything would be lost, then moves the table and gives the filesystem its size.
import type { Volume } from './disk.ts';
import { blankAsPlanned } from './export-script.ts';
import { volumeName } from './place.ts';
import { endOf, lastOf, type PlannedDiskResize, type ResizedVolume } from './resize-plan.ts';
import { lines, type Script, sh } from './shell.ts';
import { sizeText } from './size.ts';
import { checkedTable, gptCopy, type TableRange, writtenTable } from './table-script.ts';
import { kindOf, mounted } from './volume.ts';

/** Devices that the step gets besides the disk itself. */
export interface ResizeDevices {
  /** The volume in the larger one of its two sizes. */
  readonly region: string;
  /** Blank, as large as the volume will be; for a filesystem that is made anew. */
  readonly own: string;
}

export function resizeScript(resize: PlannedDiskResize, devices: ResizeDevices): Script {
  const { before, after, volume } = resize;
  const grows = volume !== undefined && volume.after.sizeBytes > volume.before.sizeBytes;
  const content = volume === undefined ? undefined : contentScript(volume, devices);
  const table = writtenTable(after);
  return lines(
    checkedTable(before),
    ...unusedRanges(resize).map((range) => unused(before.name, range, after.sizeBytes)),
    // The filesystem lies where the old copy of a gpt was, so that the copy goes first.
    grows || volume === undefined ? lines(oldCopyGone(resize), table, content) : lines(content, table),
  );
}

/** What is cut off must hold nothing: no step has said that it does, but a command may have written there. */
function unusedRanges({ before, after, volume }: PlannedDiskResize): TableRange[] {
  if (after.sizeBytes >= before.sizeBytes || before.filesystems.has(0)) return [];
  const last = lastOf(before.partitions);
  const tableAt = before.label?.type === 'gpt' ? gptCopy(before.sizeBytes).offsetBytes : before.sizeBytes;
  const newEnd = after.label?.type === 'gpt' ? gptCopy(after.sizeBytes).offsetBytes : after.sizeBytes;
  const ranges: TableRange[] = [];
  const add = (from: number, to: number) => {
    if (to > from) ranges.push({ offsetBytes: from, lengthBytes: to - from });
  };
  if (volume?.content === undefined && volume !== undefined) {
    add(volume.startBytes + volume.after.sizeBytes, volume.startBytes + volume.before.sizeBytes);
  }
  add(Math.max(newEnd, last === undefined ? 0 : endOf(last)), tableAt);
  return ranges;
}

function unused(disk: string, { offsetBytes, lengthBytes }: TableRange, sizeBytes: number): Script {
  const sentence = `${disk} cannot be made as small as ${sizeText(sizeBytes)}, because there are bytes between ${sizeText(offsetBytes)} and ${sizeText(offsetBytes + lengthBytes)} that are not zero`;
  return sh`
    found=$(dd if=${`/dev/vmb/${disk}`} bs=1M skip=${offsetBytes} count=${lengthBytes} iflag=skip_bytes,count_bytes,fullblock status=none | tr -d '\0' | head -c 1 | wc -c)
    [ "$found" -eq 0 ] || vmb_fail ${sentence}
  `;
}

function oldCopyGone({ before, after }: PlannedDiskResize): Script | undefined {
  if (before.label?.type !== 'gpt' || after.sizeBytes <= before.sizeBytes) return undefined;
  const { offsetBytes, lengthBytes } = gptCopy(before.sizeBytes);
  return sh`dd if=/dev/zero of=${`/dev/vmb/${before.name}`} bs=64K count=${lengthBytes} seek=${offsetBytes} iflag=count_bytes,fullblock oflag=seek_bytes conv=notrunc status=none`;
}

function contentScript({ before, after, content }: ResizedVolume, { region, own }: ResizeDevices): Script | undefined {
  if (content === undefined) return undefined;
  const { filesystem, resize } = content;
  const action =
    resize.way === 'in-place' ? resize.script(filesystem, after, region) : madeAnew(before, after, region, own);
  return sh`
    resize_filesystem() {
      ${action}
    }
    trouble=
    resize_filesystem
    [ -z "$trouble" ] || vmb_fail ${`${volumeName(before)} cannot be resized to ${sizeText(after.sizeBytes)}, `}"$trouble"
    blockdev --flushbufs ${region}
  `;
}

/** As export does it, on a disk of the step's own, which is then copied back. */
function madeAnew(before: Volume, after: Volume, region: string, own: string): Script {
  const { fresh } = kindOf(before);
  const { filesystem } = after;
  if (fresh === undefined || filesystem === undefined || before.filesystem === undefined) {
    throw new Error(`Internal error: ${volumeName(before)} cannot be made anew`);
  }
  const blank = '/tmp/blank';
  return sh`
    ${blankAsPlanned(before, before.filesystem, blank)}
    {
      ${fresh.identity(blank)}
    } > /tmp/as-planned
    {
      ${fresh.identity(before.device)}
    } > /tmp/as-found || true
    rm -f ${blank}
    if ! cmp -s /tmp/as-planned /tmp/as-found; then
      trouble='because it would be made anew, but its boot sector or its features are no longer those that vmb gave it'
      return 0
    fi
    ${mounted(before, '/mnt/source', 'read-only')}
    ${fresh.layOut(filesystem, after, '/mnt/source', own)}
    umount /mnt/source
    [ -z "$trouble" ] || return 0
    blockdev --flushbufs ${[own, before.device]}
    dd if=${own} of=${region} bs=1M conv=notrunc status=none
  `;
}
