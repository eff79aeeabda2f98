// Finding firmware: only whole pairs count.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { localHost } from '../../../vmm-adapters/lib/local-host.ts';
import { findFirmware } from '../../../vmm-adapters/lib/qemu-firmware.ts';

test('the first pair that is whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmb-firmware-'));
  try {
    for (const name of ['1-code', '2-code', '2-vars', '3-code', '3-vars']) await writeFile(join(folder, name), '');
    const { exists } = localHost({ commands: localCommands, workFolder: folder });
    const pair = (number: number) => ({
      code: join(folder, `${number}-code`),
      variables: join(folder, `${number}-vars`),
    });
    expect(await findFirmware(exists, [pair(0), pair(1), pair(2), pair(3)])).toEqual(pair(2));
    expect(await findFirmware(exists, [pair(0), pair(1)])).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});
