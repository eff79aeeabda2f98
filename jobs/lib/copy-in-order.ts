// Fills a new, empty filesystem by its driver with all that a folder holds, in an order that depends on names alone.
import type { Mount } from './filesystem.ts';
import { type Script, sh } from './shell.ts';

/**
 * For the body of a layOut: sets \`trouble\` and returns when something does not fit. Times later than the epoch become the epoch;
 * holes are where blocks of zeros are, not where history left them. What was written is compared with what was read.
 */
export function copyInOrder(folder: string, device: string, { type, options }: Mount): Script {
  const more = options === '' ? '' : `,${options}`;
  return sh`
    vmb_mount ${device} /mnt/fresh ${type} ${`rw${more}`}
    mkdir -p /tmp/layout
    tar -c -f - -b 128 --format=pax --sort=name --numeric-owner --clamp-mtime "--mtime=@$SOURCE_DATE_EPOCH" \
      --pax-option=delete=atime,delete=ctime --sparse --hole-detection=raw --xattrs '--xattrs-include=*' -C ${folder} . |
      vmb_rooted /mnt/fresh /mnt/fresh tar -x -f - -b 128 -p --same-owner --numeric-owner --warning=no-timestamp \
        --delay-directory-restore --xattrs '--xattrs-include=*' 2> /tmp/layout/complaints ||
      trouble='because its content does not fit when it is laid out afresh'
    ${told(folder)} > /tmp/layout/before
    umount /mnt/fresh
    vmb_mount ${device} /mnt/fresh ${type} ${`ro${more}`}
    ${told('/mnt/fresh')} > /tmp/layout/after
    umount /mnt/fresh
    if [ -n "$trouble" ]; then
      head -n 10 /tmp/layout/complaints
      return 0
    elif ! cmp -s /tmp/layout/before /tmp/layout/after; then
      diff /tmp/layout/before /tmp/layout/after | sed -n '4,13p'
      trouble='because what was written afresh is not what was there'
      return 0
    fi
  `;
}

/** Everything of a folder but times and contents, a line for each. */
function told(folder: string): Script {
  return sh`(cd ${folder} && find . -xdev '(' -type d -printf '%y %m %U:%G %p\n' ')' -o -printf '%y %m %U:%G %n %s %l %p\n' | sort)`;
}
