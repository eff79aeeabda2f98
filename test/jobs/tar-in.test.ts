// tar-in: everything that an archive holds is kept, where the volume can.
import { expect, test } from 'vitest';
import { job } from '../../jobs/tar-in.ts';
import { formatted } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';

const world = worldAfter(...formatted);

test('into ext4', () => {
  const { effects, script } = guestWork(job, { from: 'files/root.tar', to: 'main:2:/' }, world);
  expect(effects).toMatchInlineSnapshot(`
    {
      "notes": [],
      "payloadsIn": [
        {
          "at": [
            "from",
          ],
          "kind": "raw",
          "name": "archive",
          "source": {
            "kind": "file",
            "path": "files/root.tar",
          },
        },
      ],
      "title": "unpack files/root.tar in main:2:/",
    }
  `);
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'rw'
    vmb_make_folder /mnt '/'
    bytes() {
      vmb_payload_in archive dd bs=64K skip="$1" count="$2" iflag=skip_bytes,count_bytes,fullblock status=none
    }
    whole() {
      if [ -z "$member" ]; then vmb_payload_bytes archive; else bytes "$at" "$member"; fi
    }
    start() {
      bytes "$at" 8 | od -A n -v -t x1 | tr -d ' \\n'
    }
    at=0 member=
    if [ "$(start)" = '213c617263683e0a' ]; then
      at=8 members=0
      while :; do
        header=$(bytes "$at" 60 | tr -d '\\0')
        size=$(printf '%s' "$header" | cut -b 49-58 | tr -d ' ')
        size=\${size#"\${size%%[!0]*}"}
        members=$((members + 1))
        case $header in
          *'\`') ;;
          *) vmb_fail 'files/root.tar is a Debian package without data.tar, or a damaged one' ;;
        esac
        case \${size:-0} in
          *[!0-9]* | ?????????????*) vmb_fail 'files/root.tar is a damaged Debian package' ;;
        esac
        at=$((at + 60))
        case $header in
          data.tar*)
            member=\${size:-0}
            break
            ;;
        esac
        [ "$members" -lt 100 ] || vmb_fail 'files/root.tar is no Debian package, because it has more than 100 members'
        at=$((at + \${size:-0} + \${size:-0} % 2))
      done
    fi
    case $(start) in
      '1f8b'*) program='gzip' ;;
    'fd377a585a00'*) program='xz' ;;
    '28b52ffd'*) program='zstd' ;;
    '425a68'*) program='bzip2' ;;
      *) program= ;;
    esac
    code=0
    if [ -z "$program" ] && [ -z "$member" ]; then
      vmb_payload_in archive vmb_rooted /mnt "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '-p' '--same-owner' '--xattrs' '--xattrs-include=*' '--acls' || code=$?
    elif [ -z "$program" ]; then
      whole | vmb_rooted /mnt "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '-p' '--same-owner' '--xattrs' '--xattrs-include=*' '--acls' || code=$?
    else
      { whole | "$program" -d -c || [ $? -eq 141 ] || echo > /tmp/damaged; } | vmb_rooted /mnt "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '-p' '--same-owner' '--xattrs' '--xattrs-include=*' '--acls' || code=$?
      [ ! -e /tmp/damaged ] || vmb_fail 'files/root.tar is damaged: '"$program"' cannot decompress all of it'
    fi
    if [ "$code" -ne 0 ]; then
      [ $(($(stat -f -c '%f * 25 / %b' "$VMB_PATH"))) -gt 0 ] || vmb_fail 'main:2 has no room left, because files/root.tar holds more than fits'
      exit "$code"
    fi
    "
  `);
});

test('into FAT, with nothing that it cannot keep', () => {
  expect(guestWork(job, { from: 'artifact:x.tar', to: 'main:1:/sub' }, world).script).toMatchInlineSnapshot(`
    "vmb_tools
    vmb_mount '/dev/vmb/main-part1' '/mnt' 'vfat' 'rw,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
    vmb_make_folder /mnt '/sub'
    bytes() {
      vmb_payload_in archive dd bs=64K skip="$1" count="$2" iflag=skip_bytes,count_bytes,fullblock status=none
    }
    whole() {
      if [ -z "$member" ]; then vmb_payload_bytes archive; else bytes "$at" "$member"; fi
    }
    start() {
      bytes "$at" 8 | od -A n -v -t x1 | tr -d ' \\n'
    }
    at=0 member=
    if [ "$(start)" = '213c617263683e0a' ]; then
      at=8 members=0
      while :; do
        header=$(bytes "$at" 60 | tr -d '\\0')
        size=$(printf '%s' "$header" | cut -b 49-58 | tr -d ' ')
        size=\${size#"\${size%%[!0]*}"}
        members=$((members + 1))
        case $header in
          *'\`') ;;
          *) vmb_fail 'artifact:x.tar is a Debian package without data.tar, or a damaged one' ;;
        esac
        case \${size:-0} in
          *[!0-9]* | ?????????????*) vmb_fail 'artifact:x.tar is a damaged Debian package' ;;
        esac
        at=$((at + 60))
        case $header in
          data.tar*)
            member=\${size:-0}
            break
            ;;
        esac
        [ "$members" -lt 100 ] || vmb_fail 'artifact:x.tar is no Debian package, because it has more than 100 members'
        at=$((at + \${size:-0} + \${size:-0} % 2))
      done
    fi
    case $(start) in
      '1f8b'*) program='gzip' ;;
    'fd377a585a00'*) program='xz' ;;
    '28b52ffd'*) program='zstd' ;;
    '425a68'*) program='bzip2' ;;
      *) program= ;;
    esac
    code=0
    if [ -z "$program" ] && [ -z "$member" ]; then
      vmb_payload_in archive vmb_rooted /mnt "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '--no-same-permissions' '--no-same-owner' || code=$?
    elif [ -z "$program" ]; then
      whole | vmb_rooted /mnt "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '--no-same-permissions' '--no-same-owner' || code=$?
    else
      { whole | "$program" -d -c || [ $? -eq 141 ] || echo > /tmp/damaged; } | vmb_rooted /mnt "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '--no-same-permissions' '--no-same-owner' || code=$?
      [ ! -e /tmp/damaged ] || vmb_fail 'artifact:x.tar is damaged: '"$program"' cannot decompress all of it'
    fi
    if [ "$code" -ne 0 ]; then
      [ $(($(stat -f -c '%f * 25 / %b' "$VMB_PATH"))) -gt 0 ] || vmb_fail 'main:1 has no room left, because artifact:x.tar holds more than fits'
      exit "$code"
    fi
    "
  `);
});

test('the tools are there where the content needs them, and where nothing is known of it', () => {
  const needed = ['a.tar', 'a.tar.gz', 'a.tar.xz', 'a.tar.bz2', 'a.tar.zst', 'a.deb', 'artifact:a.tar'].map((from) => {
    const { effects, script } = guestWork(job, { from, to: 'main:2:/' }, world);
    return [from, effects.tools ?? false, script.startsWith('vmb_tools\n')];
  });
  expect(needed).toEqual([
    ['a.tar', false, false],
    ['a.tar.gz', false, false],
    ['a.tar.xz', true, true],
    ['a.tar.bz2', true, true],
    ['a.tar.zst', true, true],
    ['a.deb', true, true],
    ['artifact:a.tar', true, true],
  ]);
});

test('folders are taken off the front of names', () => {
  const { script } = guestWork(job, { from: 'a.tar', to: 'main:2:/', 'strip-components': 2 }, world);
  expect(script).toContain("'--acls' '--strip-components=2'");
});

test('refuses a number of folders that cannot be', () => {
  expect(mistakeIn(job, { from: 'a.tar', to: 'main:2:/', 'strip-components': -1 }, world)).toMatchInlineSnapshot(
    `"strip-components: -1 is too small, because it must be at least 0; write a larger number"`,
  );
});
