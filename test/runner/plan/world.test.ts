// What jobs learn of disks while they plan, and the sentences for what is not there.
import { expect, test } from 'vitest';
import type { Disk } from '../../../jobs/lib/disk.ts';
import { AlreadyReported, worldFor } from '../../../runner/plan/world.ts';

const mebibyte = 1024 * 1024;
const blank: Disk = {
  name: 'blank',
  sizeBytes: 8 * mebibyte,
  label: undefined,
  partitions: [],
  filesystems: new Map(),
};
const main: Disk = {
  name: 'main',
  sizeBytes: 64 * mebibyte,
  label: { type: 'gpt', id: 'A' },
  partitions: [
    {
      number: 1,
      kind: 'primary',
      startBytes: mebibyte,
      sizeBytes: 8 * mebibyte,
      type: 'T',
      id: 'B',
      name: '',
      bootable: false,
    },
    {
      number: 2,
      kind: 'primary',
      startBytes: 9 * mebibyte,
      sizeBytes: 8 * mebibyte,
      type: 'T',
      id: 'C',
      name: '',
      bootable: false,
    },
  ],
  filesystems: new Map([[1, { type: 'ext4', label: '', id: 'D', settings: {} }]]),
};

function world(disks: readonly Disk[], touched = new Set<string>(), doubtful = new Set<string>()) {
  const facts = {
    arch: 'x86_64',
    epochSeconds: 0,
    identity: 'a 1 x86_64',
    sourceBytes: () => undefined,
    imageBytes: () => undefined,
    previousMissing: () => undefined,
    sourceStart: () => undefined,
  } as const;
  return worldFor({ ...facts, disks: new Map(disks.map((disk) => [disk.name, disk])), doubtful }, touched);
}

function mistake(ask: () => unknown): string {
  try {
    ask();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return 'no mistake';
}

test('knows volumes and places', () => {
  expect(world([main]).volume('main', [])).toMatchObject({
    number: 0,
    device: '/dev/vmb/main',
    sizeBytes: 64 * mebibyte,
  });
  expect(world([main]).volume('main:2', [])).toMatchObject({ device: '/dev/vmb/main-part2', filesystem: undefined });
  expect(world([main]).place('main:1:/etc/motd', [])).toMatchObject({ path: '/etc/motd', volume: { number: 1 } });
});

test('says what is not there, and what to do', () => {
  const asked = [
    () => world([]).disk('main', []),
    () => world([main, blank]).disk('mian', []),
    () => world([blank]).volume('blank:1', []),
    () => world([main]).volume('main:3', []),
    () => world([{ ...main, partitions: [] }]).volume('main:1', []),
    () => world([main]).place('main:2:/etc/motd', []),
    () => world([blank]).place('blank:/etc/motd', []),
    () => world([main]).newDiskName('main', []),
  ];
  expect(asked.map(mistake)).toMatchInlineSnapshot(`
    [
      "there is no disk "main" here, because no step before this one creates it; put a create-disk before it",
      "there is no disk "mian" here (did you mean "main"?), because no step before this one creates it; use one of: main, blank",
      "the disk "blank" has no partitions, because no step before this one labels it; put a label and a partition before it",
      "there is no partition 3 on the disk "main" here; use one of: main:1, main:2",
      "there is no partition 1 on the disk "main" here; put a partition before it",
      "the volume "main:2" has no filesystem here, because no step before this one formats it; put a format before it",
      "the volume "blank" has no filesystem here, because no step before this one formats it; put a format before it",
      "there is a disk "main" already, because an earlier step creates it; choose another name",
    ]
  `);
});

test('one mistake about a disk is enough: what follows from it is not reported', () => {
  const touched = new Set<string>();
  expect(() => world([main], touched, new Set(['main'])).place('main:1:/etc/motd', [])).toThrow(AlreadyReported);
  expect([...touched]).toEqual(['main']);
});
