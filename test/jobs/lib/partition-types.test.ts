// The table of partition types says what util-linux says.
import { expect, test } from 'vitest';
import { partitionTypes } from '../../../jobs/lib/gpt-types.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';

const names = new Map([
  ['linux', 'Linux filesystem'],
  ['esp', 'EFI System'],
  ['bios-boot', 'BIOS boot'],
  ['swap', 'Linux swap'],
  ['home', 'Linux home'],
  ['srv', 'Linux server data'],
  ['var', 'Linux variable data'],
  ['tmp', 'Linux temporary data'],
  ['xbootldr', 'Linux extended boot'],
  ['root-x86-64', 'Linux root (x86-64)'],
  ['root-x86', 'Linux root (x86)'],
  ['root-arm64', 'Linux root (ARM-64)'],
  ['usr-x86-64', 'Linux /usr (x86-64)'],
  ['usr-x86', 'Linux /usr (x86)'],
  ['usr-arm64', 'Linux /usr (ARM-64)'],
  ['lvm', 'Linux LVM'],
  ['raid', 'Linux RAID'],
  ['microsoft-data', 'Microsoft basic data'],
  ['microsoft-reserved', 'Microsoft reserved'],
  ['freebsd-ufs', 'FreeBSD UFS'],
]);

test('GUIDs are those that sfdisk knows', async () => {
  const { stdout } = await localCommands.run('sfdisk', ['--list-types', '--label', 'gpt'], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  const known = new Map(stdout.split('\n').map((line) => [line.slice(38).trim(), line.slice(0, 36)]));
  const ours = new Map(partitionTypes.map(({ alias, gpt }) => [alias, gpt]));
  for (const [alias, name] of names) expect([alias, ours.get(alias)]).toEqual([alias, known.get(name)]);
});

test('LUKS, which util-linux 2.38 does not know, is that of the Discoverable Partitions Specification', () => {
  const others = partitionTypes.filter(({ alias, gpt }) => gpt !== undefined && !names.has(alias));
  expect(others).toEqual([{ alias: 'luks', gpt: 'CA7D7CCB-63ED-4C53-861C-1742536059CC', msdos: 'e8' }]);
});
