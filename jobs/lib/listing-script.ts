// The guest's part of comparing disk images: everything that each holds, as one tar with a line or two beside each volume.
import type { FilesystemKind, Mount } from './filesystem.ts';
import { filesystemKinds } from './filesystems.ts';
import { lines, type Script, sh } from './shell.ts';
import { pack } from './tar.ts';
import { useTools } from './tools.ts';

/**
 * Brings out a tar for each image under its name. In it: `table`, the partition table as sfdisk dumps it; for each volume N (0 is
 * a disk without partitions) `N.volume`, what blkid tells of it, and `N/`, its files, or where nothing can mount it `N.bytes`,
 * the SHA-256 of its bytes. One image after the other, because kernels refuse a second filesystem of the same id.
 */
export function listImagesScript(images: ReadonlyMap<string, { readonly disk: string }>): Script {
  const each = [...images].map(([name, { disk }]) => listed(name, `/dev/vmb/${disk}`));
  return lines(mountFunction(filesystemKinds), ...each);
}

function listed(name: string, device: string): Script {
  return sh`
    list=/mnt/${name}
    mkdir "$list"
    # The first sector of FAT or NTFS is no table, although sfdisk takes it for one without partitions.
    blkid -p -o export ${device} > /tmp/facts 2> /dev/null || :
    if { grep -q '^PTTYPE=' /tmp/facts || ! grep -q '^TYPE=' /tmp/facts; } &&
      sfdisk --dump ${device} > /tmp/table 2> /dev/null; then
      sed -e '/^device:/d' -e 's|^/dev/vmb/[^ ]*[^0-9 ]\([0-9]*\) :|partition \1 :|' -e 's/  */ /g' /tmp/table > "$list/table"
    fi
    for volume in ${device} ${`${device}-part`}[0-9]*; do
      [ -b "$volume" ] || continue
      number=0
      case $volume in *-part*) number=\${volume##*-part} ;; esac
      # What lies beside the partitions is the table's.
      if [ "$number" = 0 ] && [ -s "$list/table" ]; then continue; fi
      blkid -p -o export "$volume" > /tmp/facts 2> /dev/null || :
      sed -n -e '/^TYPE=/p' -e '/^LABEL=/p' -e '/^UUID=/p' -e '/^VERSION=/p' /tmp/facts > "$list/$number.volume"
      mkdir "$list/$number"
      if mount_any "$(sed -n 's/^TYPE=//p' "$list/$number.volume")" "$volume" "$list/$number" 2> /dev/null; then
        continue
      fi
      rmdir "$list/$number"
      sha256sum < "$volume" > "$list/$number.bytes"
    done
    vmb_payload_out ${name} ${pack(['--xattrs', '--xattrs-include=*', '--acls'])} -C "$list" .
    for volume in "$list"/*/; do
      if [ -d "$volume" ]; then umount "$volume"; fi
    done
    rm -r "$list"
  `;
}

/** `mount_any TYPE DEVICE FOLDER`: the ways of the kinds that blkid may mean by a type, one after the other. */
function mountFunction(kinds: readonly FilesystemKind[]): Script {
  const mountable = kinds.flatMap(({ type, mount, exported = mount }) =>
    'impossible' in exported ? [] : [{ type, mount: exported }],
  );
  const names = [...new Set(mountable.flatMap(({ type, mount }) => [type, mount.type]))].sort();
  const cases = names.map((name) => {
    const fitting = mountable.filter(({ type, mount }) => type === name || mount.type === name);
    const tries = fitting.map(({ mount }) => tried(mount));
    return sh`
      ${name})
      ${tries}
      ;;
    `;
  });
  return sh`
    mount_any() {
      case $1 in
      ${cases}
      esac
      [ -n "$1" ] && mount -t "$1" -o ro,nodev "$2" "$3"
    }
  `;
}

function tried(mount: Mount): Script {
  if (!mount.isTool) return sh`mount -t ${mount.type} -o ${readOnlyOptions(mount)} "$2" "$3" && return 0`;
  // A driver that refuses ends the shell.
  return sh`
    ${useTools}
    (vmb_mount "$2" "$3" ${mount.type} ${readOnlyOptions(mount)}) > /dev/null && return 0
  `;
}

/** Nothing is replayed from a journal: what counts is what stands on the disk, and its bytes stay what they are. */
function readOnlyOptions({ type, options }: Mount): string {
  const journal = journalOptions.get(type);
  return ['ro', 'nodev', options, journal ?? ''].filter((option) => option !== '').join(',');
}

const journalOptions: ReadonlyMap<string, string> = new Map([
  ['ext3', 'noload'],
  ['ext4', 'noload'],
  ['xfs', 'norecovery,nouuid'],
]);
