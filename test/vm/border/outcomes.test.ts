// How steps end in a real VM, in one boot: findings of the guest, output, disks. The host comes late and goes on after failures.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Driven, driveAll } from '../../guest/drive.ts';
import { bootVm, mebibyte, nonce } from './vm.ts';

const root = 'vmb_tools_root /stage/root\n';
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const behindFence = (command: string) => `vmb_fence /stage/root PATH=/usr/bin:/bin -- sh -c ${quote(command)}\n`;
const fenced = (command: string) => `${root}${behindFence(command)}`;
const binary = Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * 7919) % 256));

const steps = {
  first: { script: 'cat /proc/mounts | grep " /tmp "; ls /dev/vmb; blockdev --getsize64 /dev/vmb/main /dev/vmb/other' },
  timeout: { script: fenced('echo begun; sleep 1000'), timeoutMs: 2_000 },
  'timeout of a crowd': {
    script: fenced('for i in $(seq 50); do (trap "" TERM; exec setsid sleep 1000) & done; wait'),
    timeoutMs: 2_000,
  },
  memory: { script: fenced('x=x; while :; do x=$x$x; done') },
  'memory of no consequence': { script: fenced('sh -c "x=x; while :; do x=\\$x\\$x; done" || echo survived') },
  scratch: { script: fenced('cat /dev/zero >/tmp/full') },
  'failure with room': { script: fenced('exit 9') },
  'payload-out': { script: 'vmb_payload_out big cat /dev/zero' },
  signal: { script: fenced('kill -SEGV $$') },
  'exit like a signal': { script: fenced('exit 139') },
  'immutable file': { script: `${fenced('echo kept >/tmp/kept && chattr +i /tmp/kept')}${behindFence('ls /tmp')}` },
  'fence without a namespace': {
    script: `limit=/proc/sys/user/max_pid_namespaces; before=$(cat $limit); echo 0 >$limit
      code=0; (${fenced('echo never')}) || code=$?; echo "$before" >$limit; exit "$code"`,
  },
  'kill everybody': { script: fenced('kill -9 -1; echo alone') },
  bomb: { script: fenced('b() { b | b & }; b; sleep 1000'), timeoutMs: 4_000 },
  'after the bomb': { script: 'ps -o comm | wc -l' },
  'output of 5 MB': { script: 'seq 100000 814285' },
  binary: { script: 'vmb_payload_bytes blob', payloads: { blob: binary } },
  label: {
    script:
      "printf 'label: gpt\\nlabel-id: 00000000-0000-4000-8000-000000000001\\nsize=8MiB\\n' | sfdisk -q /dev/vmb/main; ls /dev/vmb",
  },
  partition: {
    script: `ls /dev/vmb
      mke2fs -q -t ext4 -U 00000000-0000-4000-8000-000000000002 -E hash_seed=00000000-0000-4000-8000-000000000003 /dev/vmb/main-part1
      vmb_mount /dev/vmb/main-part1 /mnt/a ext4; echo kept >/mnt/a/file; mknod /mnt/a/null c 1 3; cat /mnt/a/null || echo nodev`,
  },
  kept: {
    script: 'vmb_mount /dev/vmb/main-part1 /mnt/a ext4 ro; cat /mnt/a/file; sha256sum </dev/vmb/other | cut -c -8',
  },
  exec: { script: 'exec 3>&- 4>&- 5>&-; kill -9 $$' },
};

let driven: Record<string, Driven> = {};
beforeAll(async () => {
  const vm = await bootVm({
    steps: Object.values(steps),
    scratchBytes: 48 * mebibyte,
    payloadOutBytes: 4 * mebibyte,
    regions: [
      { name: 'main', offsetBytes: 0, lengthBytes: 48 * mebibyte },
      { name: 'other', offsetBytes: 48 * mebibyte, lengthBytes: 16 * mebibyte },
    ],
  });
  // What comes before anybody listens is lost.
  vm.machine.serial.on('data', () => {});
  await sleep(4_000);
  vm.machine.serial.removeAllListeners('data');
  const results = await driveAll(vm.machine, nonce, Object.keys(steps).length);
  driven = Object.fromEntries(Object.keys(steps).map((name, at) => [name, results[at] as Driven]));
  await vm.remove();
});

const outcome = (name: keyof typeof steps) => driven[name]?.outcome;
const output = (name: keyof typeof steps) => driven[name]?.output;

describe('the guest finds', () => {
  test('that the time is up, however many processes there are', () => {
    expect(outcome('timeout')).toEqual({ kind: 'timeout' });
    expect(output('timeout')).toBe('begun\n');
    expect(outcome('timeout of a crowd')).toEqual({ kind: 'timeout' });
  });

  test('that memory was full', () => {
    expect(outcome('memory')).toEqual({ kind: 'out-of-memory', code: 137 });
    expect(outcome('memory of no consequence')).toEqual({ kind: 'exit', code: 0 });
    expect(output('memory of no consequence')).toMatch(/survived\n$/);
  });

  test('that the scratch disk was full', () => {
    expect(outcome('scratch')).toEqual({ kind: 'scratch-full', code: 1 });
    expect(outcome('failure with room')).toEqual({ kind: 'exit', code: 9 });
  });

  test('that the payload-out disk was full', () => {
    expect(outcome('payload-out')).toEqual({ kind: 'payload-out-full', code: 1 });
  });

  test('a signal, and tells it from an exit code like it', () => {
    expect(outcome('signal')).toEqual({ kind: 'signal', signal: 11 });
    expect(outcome('exit like a signal')).toEqual({ kind: 'exit', code: 139 });
  });

  test('its way out of a fork bomb', () => {
    expect(outcome('bomb')).toEqual({ kind: 'timeout' });
    expect(outcome('after the bomb')).toEqual({ kind: 'exit', code: 0 });
  });

  test('an exit code when a job kills whatever it can: that is only itself', () => {
    expect(outcome('kill everybody')).toEqual({ kind: 'exit', code: 137 });
    expect(outcome('exec')).toEqual({ kind: 'exit', code: 137 });
  });
});

describe('the fence', () => {
  test('is put up again where an earlier command made a file that cannot be removed', () => {
    expect(outcome('immutable file')).toEqual({ kind: 'exit', code: 0 });
    expect(output('immutable file')).toBe('');
  });

  test('says its own exit code when it cannot be put up', () => {
    expect(outcome('fence without a namespace')).toEqual({ kind: 'exit', code: 1 });
    expect(output('fence without a namespace')).toBe('unshare: unshare failed: No space left on device\n');
  });
});

describe('output', () => {
  test('of 5 MB arrives whole', () => {
    const expected = Array.from({ length: 714_286 }, (_, at) => `${100_000 + at}\n`).join('');
    const digest = (text: string | undefined) =>
      createHash('sha256')
        .update(text ?? '')
        .digest('hex');
    expect(digest(output('output of 5 MB'))).toBe(digest(expected));
  });

  test('of any bytes arrives as it was', () => {
    expect(Buffer.from(output('binary') ?? '', 'latin1').equals(binary)).toBe(true);
  });
});

describe('disks', () => {
  test('are regions, /tmp lies on the scratch disk', () => {
    expect(output('first')).toMatchInlineSnapshot(`
      "/dev/loop0 /tmp ext4 rw,nodev,noatime,nobarrier,noinit_itable 0 0
      main
      other
      50331648
      16777216
      "
    `);
  });

  test('have the partitions that were there when the step began', () => {
    expect(output('label')).toBe('main\nother\n');
    expect(output('partition')).toMatchInlineSnapshot(`
      "main
      main-part1
      other
      cat: can't open '/mnt/a/null': Permission denied
      nodev
      "
    `);
  });

  test('keep what was written', () => {
    // 080acf35 is the beginning of the digest of 16 MiB of zeros.
    expect(output('kept')).toBe('kept\n080acf35\n');
  });
});
