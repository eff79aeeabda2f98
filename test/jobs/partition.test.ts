// partition: places, types, ids, and the tables as sfdisk reads them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { job as createDisk } from '../../jobs/create-disk.ts';
import { job as label } from '../../jobs/label.ts';
import { job } from '../../jobs/partition.ts';
import { blank, gpt, msdos, twoPartitions } from './disks.ts';
import { type Entry, guestWork, mistakeIn, worldAfter } from './planning.ts';
import { onDiskFile, sfdiskJson } from './scripts.ts';

const mebibyte = 1024 * 1024;

test('the rest of a gpt disk, in whole MiB', () => {
  const { effects, script } = guestWork(job, { disk: 'main', size: 'rest', name: 'system' }, worldAfter(...gpt));
  expect(effects.title).toBe('partition main:1, 126MiB from 1MiB');
  expect(effects.disks?.[0]?.partitions).toMatchInlineSnapshot(`
    [
      {
        "bootable": false,
        "id": "5E80A827-BF42-8915-AD0C-E9770DBCF27E",
        "kind": "primary",
        "name": "system",
        "number": 1,
        "sizeBytes": 132120576,
        "startBytes": 1048576,
        "type": "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
      },
    ]
  `);
  expect(script).toMatchInlineSnapshot(`
    "printf '%s\\n' 'start=2048, size=258048, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=5E80A827-BF42-8915-AD0C-E9770DBCF27E, name="system"' | sfdisk '--quiet' '--no-reread' '--no-tell-kernel' '--wipe' 'never' '--wipe-partitions' 'never' '--append' '/dev/vmb/main'
    "
  `);
});

test('starts behind the last partition, at a whole MiB', () => {
  const odd = worldAfter(...gpt, [job, { disk: 'main', size: '100KiB' }]);
  expect(guestWork(job, { disk: 'main', size: '1MiB' }, odd).effects.title).toBe('partition main:2, 1MiB from 2MiB');
});

const msdosEntries: readonly Entry[] = [
  ...msdos,
  [job, { disk: 'main', size: '10MiB', bootable: true }],
  [job, { disk: 'main', size: '60MiB', kind: 'extended' }],
  [job, { disk: 'main', size: '8MiB', kind: 'logical', type: 'swap' }],
  [job, { disk: 'main', size: '8MiB', kind: 'logical', type: '0xda' }],
  [job, { disk: 'main', size: 'rest', kind: 'logical' }],
  [job, { disk: 'main', size: 'rest', type: 'fat32' }],
];

test('the real sfdisk reads primary, extended and logical partitions of an msdos disk', async () => {
  expect(await sfdiskJson(await onDiskFile(msdosEntries))).toMatchInlineSnapshot(`
    {
      "device": "disk",
      "id": "0xcd05b622",
      "label": "dos",
      "partitions": [
        {
          "bootable": true,
          "node": "disk1",
          "size": 20480,
          "start": 2048,
          "type": "83",
        },
        {
          "node": "disk2",
          "size": 122880,
          "start": 22528,
          "type": "f",
        },
        {
          "node": "disk3",
          "size": 116736,
          "start": 145408,
          "type": "c",
        },
        {
          "node": "disk5",
          "size": 16384,
          "start": 24576,
          "type": "82",
        },
        {
          "node": "disk6",
          "size": 16384,
          "start": 43008,
          "type": "da",
        },
        {
          "node": "disk7",
          "size": 83968,
          "start": 61440,
          "type": "83",
        },
      ],
      "sectorsize": 512,
      "unit": "sectors",
    }
  `);
});

test('the real sfdisk reads gpt partitions with names, attributes and GUIDs', async () => {
  const id = '1A2B3C4D-0000-4000-8000-000000000001';
  const image = await onDiskFile([
    ...gpt,
    [job, { disk: 'main', size: '512KiB', type: 'bios-boot', start: '64KiB' }],
    [job, { disk: 'main', size: '40MiB', type: 'esp', name: 'bööt, a=b', bootable: true, uuid: id }],
    [job, { disk: 'main', size: 'rest', type: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f' }],
  ]);
  expect(await sfdiskJson(image)).toMatchInlineSnapshot(`
    {
      "device": "disk",
      "firstlba": 34,
      "id": "CD05B622-3CF1-86D1-AD30-0E2C4534F40A",
      "label": "gpt",
      "lastlba": 262110,
      "partitions": [
        {
          "node": "disk1",
          "size": 1024,
          "start": 128,
          "type": "21686148-6449-6E6F-744E-656564454649",
          "uuid": "5E80A827-BF42-8915-AD0C-E9770DBCF27E",
        },
        {
          "attrs": "LegacyBIOSBootable",
          "name": "bööt, a=b",
          "node": "disk2",
          "size": 81920,
          "start": 2048,
          "type": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
          "uuid": "1A2B3C4D-0000-4000-8000-000000000001",
        },
        {
          "node": "disk3",
          "size": 176128,
          "start": 83968,
          "type": "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F",
          "uuid": "E9DF101C-7E5C-8AC1-9015-BE61B82446AA",
        },
      ],
      "sectorsize": 512,
      "unit": "sectors",
    }
  `);
});

test('a start of its own, also for a logical partition, aligned or not', async () => {
  const image = await onDiskFile([
    ...msdos,
    [job, { disk: 'main', size: '8MiB', start: '4MiB' }],
    [job, { disk: 'main', size: '1MiB', start: '2MiB', type: '7' }],
    [job, { disk: 'main', size: '64MiB', kind: 'extended' }],
    [job, { disk: 'main', size: '1MiB', kind: 'logical', start: '20MiB' }],
    [job, { disk: 'main', size: '100.5KiB', kind: 'logical', start: '30721KiB' }],
    [job, { disk: 'main', size: 'rest', kind: 'logical' }],
  ]);
  expect(await placesOf(image)).toEqual([
    ['disk1', 8192, 16_384],
    ['disk2', 4096, 2048],
    ['disk3', 24_576, 131_072],
    ['disk5', 40_960, 2048],
    ['disk6', 61_442, 201],
    ['disk7', 65_536, 90_112],
  ]);
});

test('plan and real table agree, whatever the sizes', async () => {
  const kinds = fc.constantFrom('primary' as const, 'logical' as const);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(kinds, fc.integer({ min: 1, max: 20 * 2048 })), { maxLength: 5 }),
      async (wanted) => {
        const entries: Entry[] = [
          [createDisk, { disk: 'main', size: '256MiB' }],
          [label, { disk: 'main', type: 'msdos' }],
          [job, { disk: 'main', size: '128MiB', kind: 'extended' }],
        ];
        let primaries = 1;
        for (const [kind, sectors] of wanted) {
          if (kind === 'primary' && ++primaries > 4) continue;
          entries.push([job, { disk: 'main', kind, size: `${sectors / 2}KiB` }]);
        }
        const planned = worldAfter(...entries).disk('main', []).partitions;
        const places = planned.map(({ number, startBytes, sizeBytes }) => [
          `disk${number}`,
          startBytes / 512,
          sizeBytes / 512,
        ]);
        expect(await placesOf(await onDiskFile(entries))).toEqual(places.sort(byName));
      },
    ),
    { numRuns: 8 },
  );
});

function byName([one = '']: readonly unknown[], [other = '']: readonly unknown[]): number {
  return String(one) < String(other) ? -1 : 1;
}

async function placesOf(image: string): Promise<unknown[]> {
  const { partitions } = await sfdiskJson(image);
  return partitions.map(({ node, start, size }) => [node, start, size]).sort(byName);
}

test.each<[string, readonly Entry[], Record<string, unknown>]>([
  ['an unknown disk', gpt, { disk: 'mian', size: 'rest' }],
  ['a disk without a label', blank, { disk: 'main', size: 'rest' }],
  ['more than is left', gpt, { disk: 'main', size: '200MiB' }],
  ['anything on a full disk', twoPartitions, { disk: 'main', size: 'rest' }],
  ['a size on a full disk', twoPartitions, { disk: 'main', size: '1MiB' }],
  [
    'the rest of a small gap',
    [...gpt, [job, { disk: 'main', size: '1MiB', start: '3500KiB' }]],
    { disk: 'main', size: 'rest', start: '3100KiB' },
  ],
  ['a start in another partition', twoPartitions, { disk: 'main', size: '1MiB', start: '2MiB' }],
  ['a start in the table', gpt, { disk: 'main', size: '1MiB', start: '1KiB' }],
  ['a kind on gpt', gpt, { disk: 'main', size: '1MiB', kind: 'logical' }],
  ['a logical one without an extended one', msdos, { disk: 'main', size: '1MiB', kind: 'logical' }],
  [
    'two extended ones',
    [...msdos, [job, { disk: 'main', size: '9MiB', kind: 'extended' }]],
    { disk: 'main', size: '9MiB', kind: 'extended' },
  ],
  [
    'a logical one that begins at once',
    [...msdos, [job, { disk: 'main', size: '9MiB', kind: 'extended' }]],
    { disk: 'main', size: '1MiB', kind: 'logical', start: '1MiB' },
  ],
  [
    'a logical one before another',
    [
      ...msdos,
      [job, { disk: 'main', size: '9MiB', kind: 'extended' }],
      [job, { disk: 'main', size: '1MiB', kind: 'logical', start: '6MiB' }],
    ],
    { disk: 'main', size: '1MiB', kind: 'logical', start: '3MiB' },
  ],
  [
    'two rests in an extended one',
    [
      ...msdos,
      [job, { disk: 'main', size: '9MiB', kind: 'extended' }],
      [job, { disk: 'main', size: 'rest', kind: 'logical' }],
    ],
    { disk: 'main', size: 'rest', kind: 'logical' },
  ],
  [
    'a logical one that is too large',
    [...msdos, [job, { disk: 'main', size: '9MiB', kind: 'extended' }]],
    { disk: 'main', size: '9MiB', kind: 'logical' },
  ],
  [
    'a fifth primary one',
    [...msdos, ...Array.from({ length: 4 }, (): Entry => [job, { disk: 'main', size: '1MiB' }])],
    { disk: 'main', size: '1MiB' },
  ],
  ['an unknown type on gpt', gpt, { disk: 'main', size: '1MiB', type: '83' }],
  ['an unknown type on msdos', msdos, { disk: 'main', size: '1MiB', type: 'root-x86-64' }],
  ['the type of extended ones', msdos, { disk: 'main', size: '1MiB', type: '05' }],
  ['the type of no partition', msdos, { disk: 'main', size: '1MiB', type: '0' }],
  ['a type for an extended one', msdos, { disk: 'main', size: '1MiB', kind: 'extended', type: 'linux' }],
  [
    'a second active one',
    [...msdos, [job, { disk: 'main', size: '1MiB', bootable: true }]],
    { disk: 'main', size: '1MiB', bootable: true },
  ],
  ['a name on msdos', msdos, { disk: 'main', size: '1MiB', name: 'x' }],
  ['a name with a quote', gpt, { disk: 'main', size: '1MiB', name: 'a"b' }],
  ['a long name', gpt, { disk: 'main', size: '1MiB', name: 'x'.repeat(37) }],
  ['an id that is no GUID', gpt, { disk: 'main', size: '1MiB', uuid: '1234' }],
])('refuses %s', (_, entries, options) => {
  expect(mistakeIn(job, options, worldAfter(...entries))).toMatchSnapshot();
});

test('a gpt disk has 128 entries', () => {
  const many = Array.from({ length: 128 }, (): Entry => [job, { disk: 'big', size: '1MiB' }]);
  const full = worldAfter([createDisk, { disk: 'big', size: '1GiB' }], [label, { disk: 'big', type: 'gpt' }], ...many);
  expect(full.disk('big', []).partitions.at(-1)?.startBytes).toBe(128 * mebibyte);
  expect(mistakeIn(job, { disk: 'big', size: '1MiB' }, full)).toMatchInlineSnapshot(
    `": the disk "big" is full, because gpt has 128 entries; remove this"`,
  );
});
