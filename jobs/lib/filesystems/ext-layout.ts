// Makes an ext2, ext3 or ext4 filesystem anew out of a mounted one: mke2fs copies the files in order, debugfs evens out what history left.
import type { Mount } from '../filesystem.ts';
import { type Script, sh } from '../shell.ts';
import { epochFile, laterFiles } from '../times.ts';

/**
 * What mke2fs -d 1.47.0 (misc/create_inode.c, lib/ext2fs) takes over from the source although it is history, and what is done:
 * - names are visited sorted by bytes, blocks of zeros become holes, owners and link counts are content: nothing to do;
 * - ctime and atime are those of the source: both become the epoch, and so does an mtime that is later; which ones are is seen in
 *   the source, because mke2fs cuts times behind January 2038 off;
 * - attributes are stored in the order in which the source lists them: where there are several, they are set again, sorted;
 * - the root folder gets neither mode, owner nor mtime from the source, and lost+found is always made: both are put right;
 * - the superblock and its copies count the bytes written so far: a debugfs run that writes nothing else sets them to one value.
 * Inodes are named by number, so that no name has to pass debugfs's parser.
 */
export function layOutExt(make: Script, folder: string, device: string, mount: Mount): Script {
  return sh`
    rm -rf /tmp/layout
    mkdir -p /tmp/layout/values
    cd /tmp/layout
    ${make} > mke2fs 2>&1 || {
      cat mke2fs
      trouble='because its content does not fit when it is laid out afresh'
      cd /
      return 0
    }
    ${epochFile}
    (cd ${folder} && find . -xdev -newer /tmp/epoch -print0) > later-names
    vmb_mount ${device} /mnt/fresh ${mount.type} ${mount.options}
    (cd /mnt/fresh && xargs -0 -r stat -c %i) < later-names > later
    umount /mnt/fresh
    ${usedInodes(device)}
    ${sortedAttributes(device)}
    {
      awk -v "time=@$SOURCE_DATE_EPOCH" '{ print "sif <" $1 "> atime " time; print "sif <" $1 "> ctime " time }' inodes
      awk -v "time=@$SOURCE_DATE_EPOCH" '{ print "sif <" $1 "> mtime " time }' later
      ${rootFolder(folder)}
    } >> changes
    printf '%s\n' 'ssv kbytes_written 1' 'close -a' > last-changes
    debugfs -w -f changes ${device} > /dev/null 2> complaints
    debugfs -w -f last-changes ${device} > /dev/null 2>> complaints
    if grep -v '^debugfs [0-9]' complaints; then
      trouble='because debugfs could not even out its times and attributes'
    fi
    cd /
  `;
}

/**
 * Gives the files of a filesystem that is not mounted no time later than the epoch, which is before 2038, so that there are no further
 * bits. Build steps made them: none is older. debugfs asks neither flags nor a driver.
 */
export function settleExt(device: string, mount: Mount): Script {
  return sh`
    ${epochFile}
    vmb_mount ${device} /mnt/kept ${mount.type} ${mount.options}
    ${laterFiles('/mnt/kept')} -print0 | xargs -0 -r stat -c '%i %X %Y %Z' > /tmp/times
    umount /mnt/kept
    awk -v "epoch=$SOURCE_DATE_EPOCH" '
      BEGIN { split("atime mtime ctime", names) }
      function set(name) { print "sif <" $1 "> " name " @" epoch; print "sif <" $1 "> " name "_extra 0" }
      { for (i = 1; i <= 3; i++) if ($(i + 1) >= epoch) set(names[i]); set("crtime") }
    ' /tmp/times > /tmp/changes
    if [ -s /tmp/changes ]; then
      echo 'close -a' >> /tmp/changes
      debugfs -w -f /tmp/changes ${device} > /dev/null 2> /tmp/complaints
      if grep -v '^debugfs [0-9]' /tmp/complaints; then
        vmb_fail 'debugfs could not even out the times of a filesystem that is kept.'
      fi
    fi
  `;
}

/** Writes \`inodes\`: the numbers of all files, from what dumpe2fs says of each group's free ones. */
function usedInodes(device: string): Script {
  return sh`
    dumpe2fs ${device} 2> /dev/null | awk '
      /^Inodes per group:/ { size = $4 }
      /^Group [0-9]+:/ { group = $2 + 0; next_one = group * size + 1 }
      /^  Free inodes:/ {
        end = (group + 1) * size
        sub(/^  Free inodes: */, "")
        count = split($0, ranges, ", *")
        for (i = 1; i <= count; i++) {
          split(ranges[i], bounds, "-")
          if (bounds[1] == "") continue
          while (next_one < bounds[1] + 0) used(next_one++)
          next_one = (bounds[2] == "" ? bounds[1] : bounds[2]) + 1
        }
        while (next_one <= end) used(next_one++)
      }
      # Below 11 lie the filesystem itself and, as 2, its root folder.
      function used(inode) { if (inode == 2 || inode >= 11) print inode }
    ' > inodes
  `;
}

/** Begins \`changes\`: takes the attributes of files that have several, and sets them again in the order of their names. */
function sortedAttributes(device: string): Script {
  return sh`
    sed 's/.*/ea_list <&>/' inodes > questions
    debugfs -f questions ${device} 2> /dev/null | awk '
      /^debugfs: ea_list </ { inode = $3; gsub(/[<>]/, "", inode) }
      /^  / && match($0, / \([0-9]+\)( = |$)/) {
        name = substr($0, 3, RSTART - 3)
        gsub(/\\"/, "\"\"", name)
        gsub(/\\\\/, "\\", name)
        print inode "\t\"" name "\""
      }
    ' | sort -t "$(printf '\t')" -k 1,1n -k 2,2 | awk -F '\t' '
      $1 != inode { flush(); inode = $1; count = 0 }
      { names[++count] = $2 }
      END { flush() }
      function flush(   i) {
        if (count < 2) return
        for (i = 1; i <= count; i++) print "ea_get -r -f values/" inode "." i " <" inode "> " names[i]
        for (i = 1; i <= count; i++) print "ea_rm <" inode "> " names[i]
        for (i = 1; i <= count; i++) print "ea_set -r -f values/" inode "." i " <" inode "> " names[i]
      }
    ' > changes
  `;
}

function rootFolder(folder: string): Script {
  return sh`
    stat -c '%f %u %g %Y' ${folder} | {
      read -r mode uid gid mtime
      [ "$mtime" -le "$SOURCE_DATE_EPOCH" ] || mtime=$SOURCE_DATE_EPOCH
      printf 'sif <2> %s\n' "mode 0x$mode" "uid $uid" "gid $gid" "mtime @$mtime"
    }
    [ -d ${`${folder}/lost+found`} ] || echo 'rmdir lost+found'
  `;
}
