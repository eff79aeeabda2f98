// What the plan computes of a FAT is what the real mkfs.fat makes.
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clusterCount } from '../../../../jobs/lib/filesystems/fat32.ts';
import { localCommands } from '../../../../vmm-adapters/lib/command.ts';
import { temporaryFolder } from '../../scripts.ts';

test('counts clusters as mkfs.fat does', async () => {
  const file = join(await temporaryFolder(), 'fat.img');
  await writeFile(file, '');
  const sectors = fc.integer({ min: 67_000, max: 4_000_000 });
  await fc.assert(
    fc.asyncProperty(sectors, fc.constantFrom(1, 2, 4, 8, 16, 32, 64), async (count, perCluster) => {
      await truncate(file, count * 512);
      const options = ['-v', '-F', '32', '-g', '64/32', '-S', '512', '-R', '32', '-s', String(perCluster), file];
      const { stdout } = await localCommands.run('mkfs.fat', options, { env: { PATH: '/usr/sbin:/sbin' } });
      const made = Number(/provides ([0-9]+) clusters/.exec(stdout)?.[1]);
      expect(clusterCount(count * 512, perCluster * 512)).toBe(made);
    }),
    { numRuns: 25 },
  );
});
