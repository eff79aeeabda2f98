// Archives as tar-in takes them: tar, tar that is compressed, and the files of a Debian package; told by their content.
import { type Script, sh } from './shell.ts';

export type Compression = 'gz' | 'xz' | 'zst' | 'bz2';

/** What files begin with, in hexadecimal digits, and the program that the guest has for it. */
const compressions: readonly { readonly kind: Compression; readonly start: string; readonly program: string }[] = [
  { kind: 'gz', start: '1f8b', program: 'gzip' },
  { kind: 'xz', start: 'fd377a585a00', program: 'xz' },
  { kind: 'zst', start: '28b52ffd', program: 'zstd' },
  { kind: 'bz2', start: '425a68', program: 'bzip2' },
];

/** Of a Debian package, which is an ar archive (deb(5)). */
const debStart = Buffer.from('!<arch>\n').toString('hex');

/** gzip is in the build-VM itself, as busybox has it. */
const inBuildVm: readonly Compression[] = ['gz'];

export function compressionNeedsTools(kind: Compression): boolean {
  return !inBuildVm.includes(kind);
}

/** Whether the tools are needed to unpack what begins with these bytes; undefined: nothing is known of it, so that they may be. */
export function archiveNeedsTools(start: Uint8Array | undefined): boolean {
  if (start === undefined) return true;
  const hex = Buffer.from(start).toString('hex');
  const known = compressions.find((one) => hex.startsWith(one.start));
  return known === undefined ? hex === debStart : compressionNeedsTools(known.kind);
}

/** 128 and SIGPIPE: nobody reads any more, so that nothing is damaged. */
const endedByPipe = 141;

/**
 * Unpacks the payload "archive" with `unpack`, a command that reads a raw tar; `name` for people; `explain` may say why that
 * failed. Whatever the archive claims to become, it goes through pipes, and only the volume can be full.
 */
export function unpackedArchive(name: string, unpack: Script, explain: Script): Script {
  const told = (text: string) => `${name} ${text}`;
  return sh`
    bytes() {
      vmb_payload_in archive dd bs=64K skip="$1" count="$2" iflag=skip_bytes,count_bytes,fullblock status=none
    }
    whole() {
      if [ -z "$member" ]; then vmb_payload_bytes archive; else bytes "$at" "$member"; fi
    }
    start() {
      bytes "$at" 8 | od -A n -v -t x1 | tr -d ' \n'
    }
    at=0 member=
    ${findData(told)}
    case $(start) in
      ${compressions.map(({ start, program }) => sh`${start}*) program=${program} ;;`)}
      *) program= ;;
    esac
    code=0
    if [ -z "$program" ] && [ -z "$member" ]; then
      vmb_payload_in archive ${unpack} || code=$?
    elif [ -z "$program" ]; then
      whole | ${unpack} || code=$?
    else
      { whole | "$program" -d -c || [ $? -eq ${endedByPipe} ] || echo > /tmp/damaged; } | ${unpack} || code=$?
      [ ! -e /tmp/damaged ] || vmb_fail ${told('is damaged: ')}"$program"' cannot decompress all of it'
    fi
    if [ "$code" -ne 0 ]; then
      ${explain}
      exit "$code"
    fi
  `;
}

/**
 * In a Debian package: sets `at` and `member` to the place and the length of data.tar. A member's header has 60 bytes: name, time,
 * owner, group, mode, size, and two bytes that say that it is one.
 */
function findData(told: (text: string) => string): Script {
  return sh`
    if [ "$(start)" = ${debStart} ]; then
      at=8 members=0
      while :; do
        header=$(bytes "$at" 60 | tr -d '\0')
        size=$(printf '%s' "$header" | cut -b 49-58 | tr -d ' ')
        size=\${size#"\${size%%[!0]*}"}
        members=$((members + 1))
        case $header in
          *'\`') ;;
          *) vmb_fail ${told('is a Debian package without data.tar, or a damaged one')} ;;
        esac
        case \${size:-0} in
          *[!0-9]* | ?????????????*) vmb_fail ${told('is a damaged Debian package')} ;;
        esac
        at=$((at + 60))
        case $header in
          data.tar*)
            member=\${size:-0}
            break
            ;;
        esac
        [ "$members" -lt 100 ] || vmb_fail ${told('is no Debian package, because it has more than 100 members')}
        at=$((at + \${size:-0} + \${size:-0} % 2))
      done
    fi
  `;
}

/** What the name of an archive that is to be made says of its compression. */
export function compressionOf(name: string): Compression | 'lz4' | 'lzma' | undefined {
  const [, ending = ''] = /\.(?:tar\.|t)(gz|xz|zst|bz2|lz4|lzma|bz)$/.exec(name.toLowerCase()) ?? [];
  switch (ending) {
    case '':
      return undefined;
    case 'bz':
      return 'bz2';
    case 'lz4':
    case 'lzma':
      return ending;
    default:
      return compressions.find(({ kind }) => kind === ending)?.kind;
  }
}

/** Compresses standard input to standard output, the same bytes each time: one thread, no name, no time. */
export function compressed(kind: Exclude<Compression, 'bz2'>): Script {
  switch (kind) {
    case 'gz':
      return sh`gzip -n -6`;
    case 'xz':
      return sh`xz -6 -T 1 -c`;
    case 'zst':
      return sh`zstd -q -9 --single-thread -c`;
  }
}
