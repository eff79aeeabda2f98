// The guest's part of export, piece by piece: copy what is kept, look whether a volume is as planned, lay it out afresh.

import type { Filesystem, Volume } from './disk.ts';
import type { ByteRange, ExportedVolume } from './export-plan.ts';
import type { FreshLayout } from './filesystem.ts';
import { volumeName } from './place.ts';
import { lines, type Script, sh } from './shell.ts';
import { settledByDriver } from './times.ts';
import { kindOf, mounted } from './volume.ts';

/** A volume, and the device of the new disk where it is laid out afresh or its times are evened out. */
export interface TargetVolume extends ExportedVolume {
  readonly target: string;
  /** Name of the fact that says how a layout ended. */
  readonly fact: string;
}

/** Defines \`copy OFFSET LENGTH\`, which leaves holes where the source has zeros: the target is blank. */
export function copyFunction(source: string, target: string): Script {
  return sh`
    copy() {
      dd if=${source} of=${target} bs=1M skip="$1" seek="$1" count="$2" \
        iflag=skip_bytes,count_bytes,fullblock oflag=seek_bytes conv=notrunc,sparse status=none
    }
  `;
}

export function copied(ranges: readonly ByteRange[]): Script {
  return lines(...ranges.map(({ offsetBytes, lengthBytes }) => sh`copy ${offsetBytes} ${lengthBytes}`));
}

/** Compares a volume with an empty one; sets keepN to the reason when it is kept, and copies it then. */
export function decided({ volume, startBytes, layout }: TargetVolume): Script {
  const { number, sizeBytes, device } = volume;
  const { filesystem, fresh } = parts(volume);
  const blank = '/tmp/blank';
  return sh`
    ${blankAsPlanned(volume, filesystem, blank)}
    {
      ${fresh.identity(blank)}
    } > /tmp/as-planned
    {
      ${fresh.identity(device)}
    } > /tmp/as-found || true
    rm -f ${blank}
    keep${number}=
    if ! cmp -s /tmp/as-planned /tmp/as-found; then
      keep${number}='because its boot sector or its features are no longer those that vmb gave it'
      ${layout === 'fresh' ? refusal(volume) : sh`copy ${startBytes} ${sizeBytes}`}
    fi
  `;
}

/** Makes an empty filesystem in a file as the plan says it came about: formatted in its first size, then resized. */
export function blankAsPlanned(volume: Volume, filesystem: Filesystem, blank: string): Script {
  const { format, resize } = kindOf(volume);
  const [firstBytes = volume.sizeBytes, ...later] = [...(filesystem.resizedFrom ?? []), volume.sizeBytes];
  const steps = later.map((sizeBytes, index) => {
    if (resize?.way !== 'in-place') throw new Error(`Internal error: ${filesystem.type} is not resized in place`);
    const largest = Math.max(sizeBytes, [firstBytes, ...later][index] ?? 0);
    return sh`
      truncate -s ${largest} ${blank}
      trouble=
      resized_blank() {
        ${resize.script(filesystem, { ...volume, sizeBytes }, blank)}
      }
      resized_blank
      truncate -s ${sizeBytes} ${blank}
    `;
  });
  return lines(
    sh`
      rm -f ${blank}
      truncate -s ${firstBytes} ${blank}
      ${format(filesystem, { ...volume, sizeBytes: firstBytes }, blank)}
    `,
    ...steps,
  );
}

/** Evens out the times of a volume that was copied as it is. */
export function settledCopy({ volume, target }: TargetVolume): Script {
  const kind = kindOf(volume);
  if (kind.settle !== undefined) return kind.settle(target);
  return settledByDriver((access) => mounted({ ...volume, device: target }, '/mnt/kept', access), '/mnt/kept');
}

/** Lays a volume out afresh unless it is kept, or copies it after all when that ends in trouble; reports which it was. */
export function laidOut(exported: TargetVolume): Script {
  const { volume, layout, target, fact } = exported;
  const { number, device } = volume;
  const { filesystem, fresh } = parts(volume);
  // Without conv=sparse: the target is not blank any more.
  const copyAll = sh`dd if=${device} of=${target} bs=1M conv=notrunc status=none`;
  return sh`
    lay_out_${number}() {
      ${fresh.layOut(filesystem, volume, '/mnt/source', target)}
    }
    if [ -z "$keep${number}" ]; then
      trouble=
      ${mounted(volume, '/mnt/source', 'read-only')}
      lay_out_${number}
      umount /mnt/source
      keep${number}=$trouble
      if [ -n "$trouble" ]; then
        ${layout === 'fresh' ? refusal(volume) : copyAll}
      fi
    fi
    if [ -z "$keep${number}" ]; then
      vmb_fact ${fact} fresh
    else
      vmb_fact ${fact} "kept, $keep${number}"
      ${layout === 'fresh' ? [] : [settledCopy(exported)]}
    fi
  `;
}

function refusal(volume: TargetVolume['volume']): Script {
  const sentence = `${volumeName(volume)} cannot be laid out afresh, `;
  const { fresh } = parts(volume);
  const remedy = fresh.isStaged === true ? 'make the volume larger' : 'write layout = "keep" for it';
  return sh`vmb_fail ${sentence}"$keep${volume.number}; "${remedy}`;
}

function parts(volume: TargetVolume['volume']) {
  const { fresh } = kindOf(volume);
  const { filesystem } = volume;
  if (filesystem === undefined || fresh === undefined) {
    throw new Error(`Internal error: ${volumeName(volume)} cannot be laid out afresh`);
  }
  const freshLayout: FreshLayout = fresh;
  return { filesystem, fresh: freshLayout };
}
