// create-disk: names and sizes.
import { expect, test } from 'vitest';
import { job } from '../../jobs/create-disk.ts';
import { blank } from './disks.ts';
import { mistakeIn, workOf, worldAfter } from './planning.ts';

test('a blank disk, known before any boot', () => {
  expect(workOf(job, { disk: 'main', size: '64MiB' }, worldAfter())).toMatchInlineSnapshot(`
    {
      "effects": {
        "disks": [
          {
            "filesystems": Map {},
            "label": undefined,
            "name": "main",
            "partitions": [],
            "sizeBytes": 67108864,
          },
        ],
        "title": "create the disk main, 64MiB",
      },
      "kind": "disk",
    }
  `);
});

test.each([
  [{ disk: 'main', size: '64M' }],
  [{ disk: 'main', size: '64' }],
  [{ disk: 'main', size: 'rest' }],
  [{ disk: 'main', size: '0MiB' }],
  [{ disk: 'main', size: '512KiB' }],
  [{ disk: 'main', size: '65TiB' }],
  [{ disk: 'main', size: '1.0001MiB' }],
  [{ disk: 'Main', size: '64MiB' }],
  [{ disk: 'a'.repeat(33), size: '64MiB' }],
  [{ disk: 'vmb', size: '64MiB' }],
  [{ disk: 'main-part1', size: '64MiB' }],
  [{ disk: 'main', sise: '64MiB' }],
])('refuses %j', (options) => {
  expect(mistakeIn(job, options, worldAfter())).toMatchSnapshot();
});

test('refuses a second disk of the same name', () => {
  expect(mistakeIn(job, { disk: 'main', size: '64MiB' }, worldAfter(...blank))).toMatchInlineSnapshot(
    `"disk: there is a disk "main" already, because an earlier step creates it; choose another name"`,
  );
});
