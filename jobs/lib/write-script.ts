// The guest's part of dd: looks whether the file has the bytes and the volume the room, before it writes any.
import type { Volume } from './disk.ts';
import type { HostInput } from './job.ts';
import { volumeName } from './place.ts';
import { lines, type Script, sh } from './shell.ts';
import { mounted } from './volume.ts';
import { type Range, roomRemedy } from './write-room.ts';

export interface BytesToWrite {
  /** A source is brought in as the payload "bytes". */
  readonly from: Extract<HostInput, { kind: 'place' | 'source' }>;
  /** Its name for people. */
  readonly name: string;
  readonly target: Volume;
  readonly offsetBytes: number;
  readonly skipBytes: number;
  /** Undefined for all that the file has behind what is skipped. */
  readonly lengthBytes: number | undefined;
  /** Whether the length of the file was known when the plan was made; everything is checked then. */
  readonly isKnown: boolean;
  /** What the bytes must not reach. */
  readonly limit: Range;
}

export function writeBytes(bytes: BytesToWrite): Script {
  return lines(opened(bytes), bytes.isKnown ? sh`length=${bytes.lengthBytes ?? 0}` : measured(bytes), written(bytes));
}

function opened({ from, name }: BytesToWrite): Script | undefined {
  if (from.kind === 'source') return undefined;
  return sh`
    ${mounted(from.volume, '/mnt', 'read-only')}
    vmb_inside /mnt ${from.path}
    [ -f "$VMB_PATH" ] || vmb_fail ${`${name} is not a file`}
  `;
}

/** Sets \`length\`, or fails. */
function measured({ from, name, offsetBytes, skipBytes, lengthBytes, limit, target }: BytesToWrite): Script {
  const bytes = from.kind === 'source' ? sh`$(vmb_payload_bytes bytes | wc -c)` : sh`$(stat -c %s "$VMB_PATH")`;
  const few = ` bytes, but ${lengthBytes ?? 'more'} behind the first ${skipBytes} are to be written to ${volumeName(target)}. Correct the length, what is skipped, or the file.`;
  const many = ` bytes of ${name} would run over ${limit.name}: ${roomRemedy(limit, offsetBytes)}.`;
  const length: Script = lengthBytes === undefined ? sh`$((bytes - ${skipBytes}))` : sh`${lengthBytes}`;
  return sh`
    bytes=${bytes}
    length=${length}
    [ $((bytes - ${skipBytes})) -ge ${lengthBytes ?? 1} ] || vmb_fail ${`${name} has `}"$bytes"${few}
    [ "$length" -le ${limit.startBytes - offsetBytes} ] || vmb_fail "$length"${many}
  `;
}

function written({ from, target, offsetBytes, skipBytes }: BytesToWrite): Script {
  const flags = ['iflag=fullblock,skip_bytes,count_bytes', 'oflag=seek_bytes', 'conv=notrunc,fsync', 'status=none'];
  const to = sh`of=${target.device} bs=1M skip=${skipBytes} count="$length" seek=${offsetBytes} ${flags}`;
  return from.kind === 'source' ? sh`vmb_payload_in bytes dd ${to}` : sh`dd if="$VMB_PATH" ${to}`;
}
