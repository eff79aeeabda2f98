// Makes a Minix filesystem anew out of a mounted one: its driver copies the files in order, and times are written afterwards.
import { copyInOrder } from '../copy-in-order.ts';
import type { Mount } from '../filesystem.ts';
import { type Script, sh } from '../shell.ts';

/**
 * The driver takes the first free inode, directory slot and block, so that files that come in order lie in order. What is left is
 * atime and ctime in the inodes.
 */
export function layOutMinix(make: Script, folder: string, device: string, mount: Mount): Script {
  return sh`
    ${make}
    ${copyInOrder(folder, device, mount)}
    ${evenTimes(device)}
  `;
}

/**
 * Gives every inode that is in use the epoch as atime and ctime, and as mtime where that is later. Version 3 has in its superblock,
 * from byte 1030 on, how many blocks of 1 KiB the maps of inodes and of blocks take; inodes of 64 bytes follow, links at 2, times
 * from 12 on.
 */
export function evenTimes(device: string): Script {
  return sh`
    set -- $(od -A n -t u2 -j 1030 -N 4 ${device}) $(od -A n -t u4 -j 1024 -N 4 ${device})
    inodes=$(((2 + $1 + $2) * 1024))
    time=$(printf '\\%03o\\%03o\\%03o\\%03o' $((SOURCE_DATE_EPOCH & 255)) $((SOURCE_DATE_EPOCH >> 8 & 255)) \
      $((SOURCE_DATE_EPOCH >> 16 & 255)) $((SOURCE_DATE_EPOCH >> 24 & 255)))
    od -A n -v -t u4 -w64 -j "$inodes" -N $(($3 * 64)) ${device} |
      awk -v begin="$inodes" -v epoch="$SOURCE_DATE_EPOCH" '
        $1 >= 65536 {
          place = (begin + (NR - 1) * 64) / 4
          if ($4 != epoch) print place + 3
          if ($5 > epoch) print place + 4
          if ($6 != epoch) print place + 5
        }' > /tmp/times
    while read -r place; do
      printf "$time" | dd of=${device} bs=4 seek="$place" conv=notrunc status=none
    done < /tmp/times
    blockdev --flushbufs ${device} 2> /dev/null || true
  `;
}
