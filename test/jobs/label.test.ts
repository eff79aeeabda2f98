// label: gpt and msdos, their ids, and the table as sfdisk reads it.
import { expect, test } from 'vitest';
import { job as format } from '../../jobs/format.ts';
import { job } from '../../jobs/label.ts';
import { blank, gpt } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';
import { onDiskFile, sfdiskJson } from './scripts.ts';

test('gpt: explicit id and usable sectors', () => {
  const { effects, script } = guestWork(job, { disk: 'main', type: 'gpt' }, worldAfter(...blank));
  expect(effects.title).toBe('label main as gpt');
  expect(effects.disks?.[0]?.label).toMatchInlineSnapshot(`
    {
      "id": "CD05B622-3CF1-86D1-AD30-0E2C4534F40A",
      "type": "gpt",
    }
  `);
  expect(script).toMatchInlineSnapshot(`
    "printf '%s\\n' 'label: gpt' 'label-id: CD05B622-3CF1-86D1-AD30-0E2C4534F40A' 'unit: sectors' 'first-lba: 34' 'last-lba: 262110' | sfdisk '--quiet' '--no-reread' '--no-tell-kernel' '--wipe' 'never' '--wipe-partitions' 'never' '/dev/vmb/main'
    "
  `);
});

test('msdos', () => {
  const { script } = guestWork(job, { disk: 'main', type: 'msdos', uuid: '0x1A2B3C4D' }, worldAfter(...blank));
  expect(script).toMatchInlineSnapshot(`
    "printf '%s\\n' 'label: dos' 'label-id: 0x1a2b3c4d' 'unit: sectors' | sfdisk '--quiet' '--no-reread' '--no-tell-kernel' '--wipe' 'never' '--wipe-partitions' 'never' '/dev/vmb/main'
    "
  `);
});

test.each([
  ['gpt', '1A2B3C4D-0000-4000-8000-000000000001'],
  ['msdos', '0x1a2b3c4d'],
])('the real sfdisk reads the %s table that the script writes', async (type, id) => {
  const image = await onDiskFile([...blank, [job, { disk: 'main', type, uuid: id }]]);
  expect(await sfdiskJson(image)).toMatchSnapshot();
});

test.each([
  [{ disk: 'main', type: 'mbr' }],
  [{ disk: 'main', type: 'gpt', uuid: '0x1a2b3c4d' }],
  [{ disk: 'main', type: 'msdos', uuid: '1a2b3c4d' }],
  [{ disk: 'mian', type: 'gpt' }],
])('refuses %j', (options) => {
  expect(mistakeIn(job, options, worldAfter(...blank))).toMatchSnapshot();
});

test('refuses a disk that has a label, or a filesystem as a whole', () => {
  expect(mistakeIn(job, { disk: 'main', type: 'msdos' }, worldAfter(...gpt))).toMatchInlineSnapshot(
    `"disk: the disk "main" has a label already, because an earlier step wrote a gpt one; remove one of the two"`,
  );
  const whole = worldAfter(...blank, [format, { volume: 'main', type: 'ext4' }]);
  expect(mistakeIn(job, { disk: 'main', type: 'gpt' }, whole)).toMatchInlineSnapshot(
    `"disk: the disk "main" cannot have a label, because an earlier step formatted it as a whole; label it before, and format a partition"`,
  );
});
