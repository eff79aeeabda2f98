// Scripts of steps that do to their machine what no job may: they run as root of the build-VM, outside the fence.

/**
 * Runs a command outside of the step's namespaces: it takes the place of dd, which the agent starts for the next piece of output.
 * There reboot(2) concerns the machine; in a step it would end the step's namespace only. Says "begun" before.
 */
function outside(command: string): string {
  return `at=$(command -v dd)
    busybox mount -o remount,bind,rw /
    printf '#!/bin/busybox sh\\n%s\\n' '${command}' >"$at.kit"
    chmod 755 "$at.kit"
    echo begun
    sleep 1
    busybox mv -f "$at.kit" "$at"
    while :; do echo more; sleep 1; done`;
}

/** The kernel itself panics when memory is full; the build-VM's resets the machine at once. */
export const panic = `echo 2 >/proc/sys/vm/panic_on_oom
  echo begun
  sleep 1
  x=x; while :; do x=$x$x; done`;

/** Stops every process of the machine but the first, which waits for the others: no frame comes any more. */
export const hang = outside('kill -STOP -1');
export const powerOff = outside('busybox poweroff -n -f');
export const reset = outside('busybox reboot -n -f');

export const kernelMessage = 'a message of the kernel';
export const noiseTimes = 8;

/** The kernel's messages go to the console, between the bytes of frames. The payload "noise" is written so many times. */
export const kernelText = `busybox mount -t devtmpfs devtmpfs /mnt
  echo on >/proc/sys/kernel/printk_devkmsg
  echo 8 >/proc/sys/kernel/printk
  (while :; do echo '${kernelMessage}' >/mnt/kmsg; done) &
  for time in $(seq ${noiseTimes}); do vmb_payload_bytes noise; done`;

/** A perfect frame, but for the key: the step would end well. gzip ends with the checksum that frames carry. */
export const forgery = `busybox mount -t devtmpfs devtmpfs /mnt
  nonce=$(head -n 1 <&4 | cut -d ' ' -f 5)
  line="VMB1 $nonce s 2 00000000000000000000000000000000 done 1 0 0"
  sum=$(printf %s "$line" | gzip -c | tail -c 8 | od -An -N4 -tx4 | tr -d ' ')
  printf '\\n%s %s\\n' "$line" "$sum" >/mnt/console
  sleep 5`;
