// Makes a FAT32 filesystem anew out of a mounted one: mtools copies folders and files in the order of their names.
import { type Script, sh } from '../shell.ts';

/**
 * Folders first, one mmd for all; then the files, one mcopy for each folder. Files that are not older than the epoch get the
 * epoch instead of their own time (mcopy without -m takes SOURCE_DATE_EPOCH; -n means nothing here): where that changes within
 * a folder, one mcopy more keeps the order. An mcopy allocates what a folder grows by when it ends, so that where one ends must
 * not depend on history: FAT counts two seconds, and a file of the epoch itself belongs to the later ones.
 * FAT has no names with line breaks, so that lists have one name a line. Where mtools looks for a name, [[] stands for [.
 * The result is read back and compared, because Linux allows names that mtools 4.0.32 cannot write: CON, characters beyond
 * U+FFFF, and short names without capitals or without small letters whose characters code page 437 lacks.
 */
export function layOutFat32(make: Script, folder: string, device: string): Script {
  return sh`
    rm -rf /tmp/layout
    mkdir -p /tmp/layout/groups
    echo 'default_codepage=437' > /tmp/layout/mtoolsrc
    export MTOOLSRC=/tmp/layout/mtoolsrc
    touch -d "@$((SOURCE_DATE_EPOCH - SOURCE_DATE_EPOCH % 2 - 1))" /tmp/layout/before-epoch
    ${make}
    cd ${folder}
    find . -mindepth 1 -xdev -type d | sort > /tmp/layout/folders
    find . -xdev -type f | sort > /tmp/layout/files
    find . -xdev -type f -newer /tmp/layout/before-epoch | sort > /tmp/layout/later
    find . -xdev -type f ! -perm -200 | sort > /tmp/layout/read-only
    ${groups}
    awk '{
      base = match($0, /\/[^\/]*$/)
      parent = substr($0, 2, base - 2)
      gsub(/\[/, "[[]", parent)
      print "::" parent substr($0, base)
    }' /tmp/layout/folders | tr '\n' '\0' | xargs -0 -r mmd -i ${device} 2>> /tmp/layout/complaints || trouble=mmd
    ${eachGroup(device)}
    sed 's,\[,[[],g; s,^\.,::,' /tmp/layout/read-only | tr '\n' '\0' | xargs -0 -r mattrib -i ${device} +r 2>> /tmp/layout/complaints || trouble=mattrib
    ${tree} > /tmp/layout/before
    vmb_mount ${device} /mnt/fresh vfat ro,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1
    cd /mnt/fresh
    ${tree} > /tmp/layout/after
    cd /
    umount /mnt/fresh
    if [ -n "$trouble" ]; then
      # Of block devices mtools says that they have no geometry, and goes on.
      sed 's/Could not get geometry of device ([^)]*)//g' /tmp/layout/complaints
      trouble="because $trouble could not write all of its content; most likely that does not fit when it is laid out afresh"
    elif ! cmp -s /tmp/layout/before /tmp/layout/after; then
      diff /tmp/layout/before /tmp/layout/after | sed -n '4,13p'
      trouble='because mtools cannot write some of its names'
    fi
  `;
}

/** Writes groups/1, groups/2, …: mcopy's option, the folder, and the files that one mcopy takes. */
const groups = sh`
  awk '
    FILENAME ~ /later$/ { later[$0] = 1; next }
    {
      folder = $0
      sub(/\/[^\/]*$/, "", folder)
      times = ($0 in later) ? "-n" : "-m"
      if (folder != last_folder || times != last_times) {
        if (list != "") close(list)
        list = "/tmp/layout/groups/" ++count
        target = "::" substr(folder, 2) "/"
        gsub(/\[/, "[[]", target)
        print times > list
        print target > list
      }
      print > list
      last_folder = folder
      last_times = times
    }
  ' /tmp/layout/later /tmp/layout/files
`;

function eachGroup(device: string): Script {
  return sh`
    group=1
    while [ -f "/tmp/layout/groups/$group" ]; do
      {
        read -r times
        read -r target
        tr '\n' '\0' | xargs -0 sh -c 'device=$1 times=$2 target=$3; shift 3; exec mcopy -i "$device" "$times" "$@" "$target"' \
          sh ${device} "$times" "$target" 2>> /tmp/layout/complaints || trouble=mcopy
      } < "/tmp/layout/groups/$group"
      group=$((group + 1))
    done
  `;
}

/** Writes every folder, and every file with its size, of the folder that one is in. */
const tree = sh`{ find . -xdev -type d | sort; find . -xdev -type f | sort | tr '\n' '\0' | xargs -0 -r stat -c '%s %n'; }`;
