// dd: what is written where, what stays, and what is known to be wrong before a boot.
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { job } from '../../jobs/dd.ts';
import { job as format } from '../../jobs/format.ts';
import { job as partition } from '../../jobs/partition.ts';
import { localCommands } from '../../vmm-adapters/lib/command.ts';
import { blank, formatted, gpt, msdos, twoPartitions } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';
import { temporaryFolder } from './scripts.ts';

const world = worldAfter(...formatted);

test('boot code beside the partition table', () => {
  const { effects, script } = guestWork(job, { from: 'mbr-512', to: 'main', length: 440 }, world);
  expect({ ...effects, disks: effects.disks?.map(({ written }) => written) }).toMatchInlineSnapshot(`
    {
      "disks": [
        [
          {
            "endBytes": 440,
            "startBytes": 0,
          },
        ],
      ],
      "payloadsIn": [
        {
          "at": [
            "from",
          ],
          "kind": "raw",
          "name": "bytes",
          "source": {
            "kind": "file",
            "path": "mbr-512",
          },
        },
      ],
      "title": "write 440 bytes of mbr-512 to main at 0 bytes",
    }
  `);
  expect(script).toMatchInlineSnapshot(`
    "length=440
    vmb_payload_in bytes dd of='/dev/vmb/main' bs=1M skip=0 count="$length" seek=0 'iflag=fullblock,skip_bytes,count_bytes' 'oflag=seek_bytes' 'conv=notrunc,fsync' 'status=none'
    "
  `);
});

test('an artifact, whose length only the guest can tell', () => {
  const options = { from: 'artifact:core.img', to: 'main', offset: 17408, skip: '1KiB' };
  const { effects, script } = guestWork(job, options, world);
  expect(effects.title).toBe('write artifact:core.img to main at 17KiB');
  expect(effects.disks?.[0]?.written).toEqual([{ startBytes: 17_408, endBytes: 1_048_576 }]);
  expect(script).toMatchInlineSnapshot(`
    "bytes=$(vmb_payload_bytes bytes | wc -c)
    length=$((bytes - 1024))
    [ $((bytes - 1024)) -ge 1 ] || vmb_fail 'artifact:core.img has '"$bytes"' bytes, but more behind the first 1024 are to be written to main. Correct the length, what is skipped, or the file.'
    [ "$length" -le 1031168 ] || vmb_fail "$length"' bytes of artifact:core.img would run over main:1: write length = 1031168 for as much as there is room for, or add over-partitions = true.'
    vmb_payload_in bytes dd of='/dev/vmb/main' bs=1M skip=1024 count="$length" seek=17408 'iflag=fullblock,skip_bytes,count_bytes' 'oflag=seek_bytes' 'conv=notrunc,fsync' 'status=none'
    "
  `);
});

test('a file of a volume, over the filesystem of another', () => {
  const options = { from: "main:2:/it's", to: 'main:1', offset: 90, length: 420, 'over-filesystem': true };
  const { effects, script } = guestWork(job, options, world);
  expect(effects.payloadsIn).toBeUndefined();
  expect(effects.disks?.[0]?.written).toEqual([{ startBytes: 1_048_666, endBytes: 1_049_086 }]);
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'ro'
    vmb_inside /mnt '/it'\\''s'
    [ -f "$VMB_PATH" ] || vmb_fail 'main:2:/it'\\''s is not a file'
    bytes=$(stat -c %s "$VMB_PATH")
    length=420
    [ $((bytes - 0)) -ge 420 ] || vmb_fail 'main:2:/it'\\''s has '"$bytes"' bytes, but 420 behind the first 0 are to be written to main:1. Correct the length, what is skipped, or the file.'
    [ "$length" -le 41942950 ] || vmb_fail "$length"' bytes of main:2:/it'\\''s would run over the end of main:1: write length = 41942950 for as much as there is room for.'
    dd if="$VMB_PATH" of='/dev/vmb/main-part1' bs=1M skip=0 count="$length" seek=90 'iflag=fullblock,skip_bytes,count_bytes' 'oflag=seek_bytes' 'conv=notrunc,fsync' 'status=none'
    "
  `);
});

test('the plan tells what is written over because the build file says so', () => {
  const over = (options: object) =>
    guestWork(job, { to: 'main', 'over-partitions': true, ...options }, world).effects.notes;
  expect(over({ from: 'mbr-441' })).toEqual(['writes over the partition table']);
  expect(over({ from: 'image-2097152', offset: '40MiB' })).toEqual(['writes over main:1, main:2']);
  expect(over({ from: 'artifact:x', offset: '50MiB' })).toEqual([
    'may write over main:2, the copy of the partition table',
  ]);
  expect(over({ from: 'mbr-440' })).toBeUndefined();
});

test.each([
  [{ from: 'mbr-441', to: 'main' }],
  [{ from: 'mbr-512', to: 'main', length: 441 }],
  [{ from: 'x-1', to: 'main', offset: 440 }],
  [{ from: 'x-1', to: 'main', offset: '17KiB', length: 2 }],
  [{ from: 'core-1031169', to: 'main', offset: '17KiB' }],
  [{ from: 'x-1', to: 'main', offset: '1MiB' }],
  [{ from: 'x-1', to: 'main', offset: '130MiB', 'over-partitions': true }],
  [{ from: 'x-1', to: 'main', offset: 134_217_727 }],
  [{ from: 'x-2', to: 'main', offset: 134_217_727, 'over-partitions': true }],
  [{ from: 'artifact:x', to: 'main', offset: 440 }],
  [{ from: 'x-0', to: 'main' }],
  [{ from: 'x-512', to: 'main', skip: 512 }],
  [{ from: 'x-512', to: 'main', skip: 100, length: 413 }],
  [{ from: 'x-512', to: 'main', length: 0 }],
  [{ from: 'x-512', to: 'main', length: -1 }],
  [{ from: 'x-512', to: 'main', length: '440' }],
  [{ from: 'x-512', to: 'main', offset: 2 ** 47 }],
  [{ from: 'x-512', to: 'main:1' }],
  [{ from: 'x-512', to: 'main:3' }],
  [{ from: 'x-512', to: 'main:1:/x' }],
  [{ from: 'main:3:/x', to: 'main' }],
  [{ to: 'main' }],
])('refuses %j', (options) => {
  expect(mistakeIn(job, options, world)).toMatchSnapshot();
});

test('on a blank disk everything is free, up to its end', () => {
  const world = worldAfter(...blank);
  expect(guestWork(job, { from: 'image-134217728', to: 'main' }, world).effects.notes).toBeUndefined();
  expect(mistakeIn(job, { from: 'image-134217729', to: 'main' }, world)).toMatchInlineSnapshot(
    `"from: 134217729 bytes from 0 bytes on would run over the end of main, because that is at 128MiB; write length = 134217728 for as much as there is room for"`,
  );
});

test('an msdos table takes one sector, and an extended partition is none to write to', () => {
  const world = worldAfter(...msdos, [partition, { disk: 'main', kind: 'extended', size: 'rest' }]);
  expect(mistakeIn(job, { from: 'x-1', to: 'main', offset: 511 }, world)).toMatchInlineSnapshot(
    `"offset: 511 bytes lies in the partition table, because that reaches from 440 bytes to 512 bytes; choose another place, or add over-partitions = true"`,
  );
  expect(guestWork(job, { from: 'x-1048064', to: 'main', offset: 512 }, world).effects.title).toBe(
    'write 1048064 bytes of x-1048064 to main at 512 bytes',
  );
  expect(mistakeIn(job, { from: 'x-1', to: 'main:1' }, world)).toMatchInlineSnapshot(
    `"to: "main:1" is the extended partition, which holds the logical ones; write to one of those, or to the disk"`,
  );
});

test('what was written to cannot be formatted any more', () => {
  const after = (options: Record<string, unknown>) => worldAfter(...twoPartitions, [job, options]);
  const written = after({ from: 'x-1', to: 'main:2' });
  expect(mistakeIn(format, { volume: 'main:2', type: 'ext4' }, written)).toMatchInlineSnapshot(
    `"volume: "main:2" cannot be formatted, because an earlier step wrote bytes into it, and a new filesystem begins with a blank volume; format it before the dd"`,
  );
  const volume = { volume: 'main:1', type: 'fat32' };
  expect(guestWork(format, volume, written).effects.title).toBe('format main:1 as fat32');
  expect(guestWork(format, volume, after({ from: 'x-440', to: 'main' })).effects.title).toBe('format main:1 as fat32');
  const over = after({ from: 'x-1', to: 'main', offset: '41MiB', 'over-partitions': true });
  expect(guestWork(format, volume, over).effects.title).toBe('format main:1 as fat32');
  expect(mistakeIn(format, { volume: 'main:2', type: 'ext4' }, over)).toContain('cannot be formatted');
});

const functions = fileURLToPath(new URL('../../build-vm/guest/functions.sh', import.meta.url));

/** Runs the script with the guest's own functions on files; the first bytes of the disk, where 512 letters "o" lay before. */
async function diskAfter(options: Record<string, unknown>, payload: string): Promise<string> {
  const folder = await temporaryFolder();
  const [disk, jobDisk] = [join(folder, 'disk'), join(folder, 'job')];
  await writeFile(disk, 'o'.repeat(512));
  await truncate(disk, 128 * 1024 * 1024);
  await writeFile(jobDisk, `${'j'.repeat(8192)}${payload}behind it`);
  const { script } = guestWork(job, options, worldAfter(...gpt));
  const prelude = [
    `. '${functions}'`,
    `exec 4<'${jobDisk}'`,
    `vmb_payloads='bytes 8192 ${Buffer.byteLength(payload)}'`,
    script.replaceAll("'/dev/vmb/main'", `'${disk}'`),
    `head -c 520 '${disk}'`,
  ];
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', vmb_guest: join(functions, '..') };
  return (await localCommands.run('sh', ['-eu', '-c', prelude.join('\n')], { cwd: folder, env })).stdout;
}

test('bytes go where they belong and nowhere else', async () => {
  const zeros = '\0'.repeat(8);
  const skipped = { from: 'artifact:x', to: 'main', offset: 3, skip: 2, length: 5 };
  expect(await diskAfter(skipped, '0123456789')).toBe(`ooo23456${'o'.repeat(504)}${zeros}`);
  expect(await diskAfter({ ...skipped, length: 8 }, '0123456789')).toBe(`ooo23456789${'o'.repeat(501)}${zeros}`);
  const known = { from: 'x-10', to: 'main', offset: 430 };
  expect(await diskAfter(known, '0123456789')).toBe(`${'o'.repeat(430)}0123456789${'o'.repeat(72)}${zeros}`);
  const all = { from: 'artifact:x', to: 'main', offset: 510, 'over-partitions': true };
  expect(await diskAfter(all, '0123456789')).toBe(`${'o'.repeat(510)}0123456789`);
});

test.each([
  [{ length: 11 }, 'artifact:x has 10 bytes, but 11 behind the first 0 are to be written to main.'],
  [{ skip: 10 }, 'artifact:x has 10 bytes, but more behind the first 10 are to be written to main.'],
  [{ skip: 11 }, 'artifact:x has 10 bytes, but more behind the first 11 are to be written to main.'],
  [
    { offset: 431 },
    '10 bytes of artifact:x would run over the partition table: write length = 9 for as much as there is room for, or add over-partitions = true.',
  ],
])('the guest refuses %j before it writes', async (options, sentence) => {
  await expect(diskAfter({ from: 'artifact:x', to: 'main', ...options }, '0123456789')).rejects.toThrow(sentence);
});
