// What a user's command can do behind the fence as root, in one boot: every way to the console, the disks and the agent is closed.
import { beforeAll, describe, expect, test } from 'vitest';
import { type Run, run } from './vm.ts';

/** Each line: a name, and a command that must fail; it says why on standard error. */
const attempts = {
  'open the serial port': 'echo forged >/dev/ttyS0',
  'open the console': 'echo forged >/dev/console',
  'write to the kernel log': 'echo forged >/dev/kmsg',
  'read the kernel log': 'dmesg',
  'raise the console level': 'dmesg -n 8',
  'make the serial port': 'mknod /home/port c 4 64 && echo forged >/home/port',
  'make the serial port in /dev': 'mknod /dev/port c 4 64',
  'make the serial port in /dev/shm': 'mknod /dev/shm/port c 4 64 && echo forged >/dev/shm/port',
  'make the serial port in /tmp': 'mknod /tmp/port c 4 64 && echo forged >/tmp/port',
  'make the job disk': 'mknod /home/job b 254 16 && head -c 1 /home/job',
  'make the build disk': 'mknod /home/main b 7 0 && head -c 1 /home/main',
  'serve a filesystem': 'mknod /home/fuse c 10 229 && : <>/home/fuse',
  "open a driver's device": ': <>/dev/fuse',
  "read the agent's memory": 'head -c 1 /proc/1/mem',
  "follow the agent's root": 'ls /proc/1/root/',
  "take the agent's files": 'head -c 1 </proc/1/fd/3',
  "see the agent's environment": 'cat /proc/1/environ',
  mount: 'mount -t tmpfs x /mnt',
  'make the programs writable': 'mount -o remount,rw /usr',
  'write to the programs': 'echo forged >/usr/forged',
  'write to the programs by another name': 'echo forged >/proc/self/root/bin/forged',
  'mount the kernel devices': 'mount -t devtmpfs x /mnt',
  'unmount /proc/sys': 'umount /proc/sys',
  'a helper for crashes': 'echo "|/home/helper" >/proc/sys/kernel/core_pattern',
  'another host name': 'hostname forged',
  'a new mount namespace': 'unshare --mount true',
  "another process's namespace": 'nsenter --target 1 --mount true',
  'set the clock': 'date -s @0; [ "$(date +%s)" -lt 1000000 ]',
  'load code': 'insmod /bin/busybox',
  restart: 'reboot -f',
  'a raised limit': 'ulimit -Hn 10000000',
  'to be killed last': 'echo -1000 >/proc/self/oom_score_adj',
  'write to the PCI bus': 'echo >/proc/bus/pci/00/00.0',
  'attach a loop device': 'losetup -f',
  'change the namespace by a new user': 'unshare --user --map-root-user --mount mount -o remount,rw /usr',
  'mount memory as a new user': 'unshare --user --map-root-user --mount mount -t tmpfs x /mnt',
  'unmount as a new user': 'unshare --user --map-root-user --mount umount /proc/sys',
  'mount a second /proc as a new user': 'unshare --user --map-root-user --mount --pid --fork mount -t proc proc /mnt',
};

const hostile = Object.entries(attempts)
  .map(
    ([name, command]) =>
      `if ( ${command} ) >/tmp/out 2>&1; then echo "${name}: done"; cat /tmp/out; else echo "${name}: refused"; fi`,
  )
  .join('\n');

/** Quotes for the script, as the jobs' template does. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const fenced = (command: string, options = '') =>
  `vmb_fence /stage/root ${options} PATH=/usr/sbin:/usr/bin:/sbin:/bin 'A=it'\\''s' -- sh -c ${quote(command)}\n`;
const root = 'vmb_tools_root /stage/root\n';

const forged = 'VMB1 00112233445566778899aabbccddeeff s 2 - end - 00000000';

// Processes that were left, files, seconds since the epoch in tens, what is mounted.
const state =
  'ps -o comm | grep -c sleep || :; find /tmp /run /mnt /root /stage -mindepth 1; echo $((($(date +%s) - 1767225600) / 10)); hostname; sed "s/,size=[0-9]*k//; s/,nr_inodes=[0-9]*//" /proc/mounts';

const scripts = {
  hostile: root + fenced(hostile),
  printing: root + fenced(`printf '\\n%s\\n' '${forged}' '${forged}'; printf '\\n%s\\n' '${forged}' >&2`),
  inside:
    root +
    fenced('env | sort; pwd; id -u; ls /dev /dev/pts; echo /proc/self/fd/*; echo /proc/[0-9]* | wc -w', '--cwd /home'),
  leaving: `${root}${fenced('(trap "" TERM HUP; exec setsid sleep 1000) & (sleep 1000 &); echo left')}ps -o comm | grep -c sleep || :\nsleep 2000 &\n`,
  after: state,
  again: state,
  restoring:
    'mkdir -p /stage/r/bin; cp /bin/busybox /stage/r/bin; vmb_fence /stage/r PATH=/bin -- /bin/busybox ls / || :; ls /stage/r',
  codes: `${root}for code in 0 1 2 126 127 128 137 139 255; do found=0; vmb_fence /stage/root PATH=/bin -- sh -c "exit $code" || found=$?; echo "$found"; done`,
  missing: `${root}vmb_fence /stage/root PATH=/bin -- /nowhere 2>&1 || echo "$?"`,
  linked: 'mkdir /stage/l; ln -s /dev /stage/l/dev; ( vmb_fence /stage/l PATH=/bin -- true ) 2>&1 || echo "$?"',
  privileged: root + fenced('mount -t tmpfs x /mnt && losetup -f && dmesg | head -c 0 && echo may', '--privileged'),
};
const numberOf = (name: keyof typeof scripts) => Object.keys(scripts).indexOf(name) + 1;

let done: Run;
beforeAll(async () => {
  done = await run({ steps: Object.values(scripts).map((script) => ({ script })) });
  if (done.error !== undefined) throw done.error;
});

const text = (name: keyof typeof scripts) => done.output(numberOf(name)).toString();

describe('behind the fence', () => {
  test('every step ends well: nothing of it reached the console', () => {
    expect(done.results.map(({ outcome }) => outcome)).toEqual(
      Object.keys(scripts).map(() => ({ kind: 'exit', code: 0 })),
    );
    const lines = done.events.flatMap((event) => (event.type === 'console' ? [event.line] : []));
    expect(lines.filter((line) => line.includes('forged'))).toEqual([]);
  });

  test('every attempt is refused', () => {
    expect(text('hostile')).toBe(
      Object.keys(attempts)
        .map((name) => `${name}: refused\n`)
        .join(''),
    );
  });

  test('a perfect frame is output', () => {
    expect(text('printing')).toBe(`\n${forged}\n\n${forged}\n\n${forged}\n`);
  });

  test('a command sees its environment, its folder and its /dev, and nothing else', () => {
    expect(text('inside')).toMatchInlineSnapshot(`
      "A=it's
      PATH=/usr/sbin:/usr/bin:/sbin:/bin
      PWD=/home
      /home
      0
      /dev:
      fd
      full
      null
      ptmx
      pts
      random
      shm
      stderr
      stdin
      stdout
      tty
      urandom
      zero

      /dev/pts:
      ptmx
      /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3
      6
      "
    `);
  });

  test('what it leaves behind is gone when it ends', () => {
    expect(text('leaving')).toBe('left\n0\n');
  });

  test('every step finds the same state, whatever the one before left behind', () => {
    expect(text('after')).toMatchInlineSnapshot(`
      "0
      0
      vmb
      rootfs / rootfs ro,nodev 0 0
      tmpfs /dev tmpfs ro,nosuid,noexec,relatime,mode=755 0 0
      tmpfs /vmb/fence-dev tmpfs ro,nosuid,noexec,relatime,mode=755 0 0
      tmpfs /stage tmpfs rw,nodev,noatime,mode=755 0 0
      tmpfs /tmp tmpfs rw,nodev,noatime,mode=755 0 0
      tmpfs /run tmpfs rw,nodev,noatime,mode=755 0 0
      tmpfs /mnt tmpfs rw,nodev,noatime,mode=755 0 0
      tmpfs /root tmpfs rw,nodev,noatime,mode=755 0 0
      tmpfs /stage tmpfs rw,nodev,noatime,mode=755 0 0
      proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0
      tmpfs /dev/vmb tmpfs rw,nosuid,noexec,relatime,mode=755 0 0
      "
    `);
    expect(text('again')).toBe(text('after'));
  });

  test('folders that the fence made are removed again', () => {
    expect(text('restoring')).toBe('bin\ndev\nproc\nrun\ntmp\nbin\n');
  });

  test('exit codes come through', () => {
    expect(text('codes')).toBe('0\n1\n2\n126\n127\n128\n137\n139\n255\n');
    expect(text('missing')).toMatchInlineSnapshot(`
      "sh: 1: exec: /nowhere: not found
      127
      "
    `);
  });

  test('a root whose /dev is a link is refused', () => {
    expect(text('linked')).toMatchInlineSnapshot(`
      "/dev of the command's root is no folder, so nothing can be mounted there. Make it a folder, or choose another root.
      1
      "
    `);
  });

  test('a privileged command may do what others may not', () => {
    expect(text('privileged')).toContain('may\n');
  });
});
