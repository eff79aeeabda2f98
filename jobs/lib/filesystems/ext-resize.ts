// Gives an ext2, ext3 or ext4 filesystem another size in place: checked before and after, and refused when more is in use.
import { type Script, sh } from '../shell.ts';

/**
 * resize2fs wants a check that is not older than the last mount; the clock of a step begins anew, so that the check says that it
 * was at the end of time. Afterwards it says what every check of this build would.
 */
export function resizeExt(blocks: number, device: string): Script {
  const endOfTime = 2 ** 31 - 1;
  return sh`
    code=0
    E2FSPROGS_FAKE_TIME=${endOfTime} e2fsck -f -p ${device} > /tmp/e2fsck 2>&1 || code=$?
    if [ "$code" -gt 1 ]; then
      cat /tmp/e2fsck
      trouble='because e2fsck finds errors in it'
      return 0
    fi
    least=$(resize2fs -P ${device} 2> /dev/null | sed -n 's/.*: *\([0-9][0-9]*\)$/\1/p')
    [ -n "$least" ] || vmb_fail 'resize2fs could not tell how small the filesystem can be'
    if [ "$least" -gt ${blocks} ]; then
      trouble="because what is in it needs $least of its blocks, and only ${blocks} would be left"
      return 0
    fi
    resize2fs ${device} ${blocks} > /tmp/resize2fs 2>&1 || {
      cat /tmp/resize2fs
      vmb_fail 'resize2fs could not give the filesystem another size'
    }
    debugfs -w -R "ssv lastcheck @$SOURCE_DATE_EPOCH" ${device} > /dev/null 2>&1
    e2fsck -f -n ${device} > /tmp/e2fsck 2>&1 || {
      cat /tmp/e2fsck
      vmb_fail 'e2fsck finds errors after resize2fs'
    }
  `;
}
