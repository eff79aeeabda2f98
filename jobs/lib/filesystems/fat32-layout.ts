// Makes a FAT32 filesystem anew out of a mounted one: mtools copies folders and files in the order of their names.
import { type Script, sh } from '../shell.ts';

/**
 * Folders first, one mmd for all; then the files, one mcopy for each folder. Files whose time is later than the epoch get the
 * epoch instead of their own time (mcopy without -m takes SOURCE_DATE_EPOCH): where they change in a folder, an mcopy more
 * keeps the order. FAT has no names with line breaks, so lists have one name a line. The result is read back and compared:
 * mtools 4.0.32 knows names that Linux allows and it does not (CON, characters beyond U+FFFF).
 */
export function layOutFat32(make: Script, folder: string, device: string): Script {
  return sh`
    rm -rf /tmp/layout
    mkdir -p /tmp/layout/groups
    echo 'default_codepage=437' > /tmp/layout/mtoolsrc
    export MTOOLSRC=/tmp/layout/mtoolsrc
    touch -d "@$SOURCE_DATE_EPOCH" /tmp/layout/epoch
    ${make}
    cd ${folder}
    find . -mindepth 1 -xdev -type d | sort > /tmp/layout/folders
    find . -xdev -type f | sort > /tmp/layout/files
    find . -xdev -type f -newer /tmp/layout/epoch | sort > /tmp/layout/later
    find . -xdev -type f ! -perm -200 | sort > /tmp/layout/read-only
    ${groups}
    trouble=
    sed 's,^\.,::,' /tmp/layout/folders | tr '\n' '\0' | xargs -0 -r mmd -i ${device} || trouble=mmd
    ${eachGroup(device)}
    sed 's,^\.,::,' /tmp/layout/read-only | tr '\n' '\0' | xargs -0 -r mattrib -i ${device} +r || trouble=mattrib
    ${tree} > /tmp/layout/before
    vmb_mount ${device} /mnt/fresh vfat ro,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1
    cd /mnt/fresh
    ${tree} > /tmp/layout/after
    cd /
    umount /mnt/fresh
    cmp -s /tmp/layout/before /tmp/layout/after || trouble=names
    case $trouble in
      '') ;;
      names) trouble='because mtools cannot write some of its names' ;;
      *) trouble="because its content does not fit when it is laid out afresh ($trouble)" ;;
    esac
  `;
}

/** Writes groups/1, groups/2, …: mcopy's option, the folder, and the files that one mcopy takes. */
const groups = sh`
  awk '
    FILENAME ~ /later$/ { later[$0] = 1; next }
    {
      folder = $0
      sub(/\/[^\/]*$/, "", folder)
      times = ($0 in later) ? "-b" : "-bm"
      if (folder != last_folder || times != last_times) {
        if (list != "") close(list)
        list = "/tmp/layout/groups/" ++count
        print times > list
        print "::" substr(folder, 2) "/" > list
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
          sh ${device} "$times" "$target" || trouble=mcopy
      } < "/tmp/layout/groups/$group"
      group=$((group + 1))
    done
  `;
}

/** Writes every folder, and every file with its size, of the folder that one is in. */
const tree = sh`{ find . -xdev -type d | sort; find . -xdev -type f | sort | tr '\n' '\0' | xargs -0 -r stat -c '%s %n'; }`;
