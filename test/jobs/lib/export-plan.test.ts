// Disks that were exported: what was staged lies on them for good, and a build that begins with them leaves it alone.
import { expect, test } from 'vitest';
import { job as createDisk } from '../../../jobs/create-disk.ts';
import { job as format } from '../../../jobs/format.ts';
import type { Volume } from '../../../jobs/lib/disk.ts';
import { exportedDisk, exportedVolume, formattedVolumes } from '../../../jobs/lib/export-plan.ts';
import { checkHoldsFiles } from '../../../jobs/lib/volume.ts';
import { worldAfter } from '../planning.ts';

function exported(type: string): Volume {
  const world = worldAfter([createDisk, { disk: 'main', size: '8MiB' }], [format, { volume: 'main', type }]);
  const [volume] = formattedVolumes(exportedDisk(world.disk('main', [])));
  if (volume === undefined) throw new Error('no volume');
  return volume;
}

const mistake = (doIt: () => unknown): string => {
  try {
    doIt();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return 'no mistake';
};

test.each(['squashfs', 'erofs', 'ufs', 'ufs2'])('%s that was exported is kept, and no job has its files', (type) => {
  const volume = exported(type);
  expect(exportedVolume(volume, undefined, [])).toMatchObject({ layout: 'keep' });
  expect(exportedVolume(volume, undefined, []).note).toBe(`is kept as it is: ${type}, as it was exported`);
  expect(mistake(() => exportedVolume(volume, 'fresh', []))).toBe(
    `"main" cannot be laid out afresh, because an earlier export made it ${type}; leave it out`,
  );
  expect(mistake(() => checkHoldsFiles(volume, []))).toBe(
    `the volume "main" became ${type} when it was exported, which the jobs of a build neither read nor write; let the build that exports it do this`,
  );
});

test('an ext4 that was exported is as it was', () => {
  const volume = exported('ext4');
  expect(exportedVolume(volume, undefined, []).layout).toBe('try');
  expect(mistake(() => checkHoldsFiles(volume, []))).toBe('no mistake');
});
