// Listings: what GNU tar packed in the guest is read with every property, a folder of the host as it lies there, and a hostile
// listing is refused.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readListed } from '../../../runner/comparison/read-listed.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-listed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;
const sha256OfHello = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03';

/** As the guest packs it. */
function pack(from: string): string {
  const archive = join(folder, 'listing.tar');
  const options = ['--format=pax', '--sort=name', '--numeric-owner', '--xattrs', '--xattrs-include=*', '--acls'];
  execFileSync('tar', ['-cf', archive, ...options, '-C', from, '.']);
  return archive;
}

test('an image: table, volumes with their files, and volumes that nothing could mount', async () => {
  const from = join(folder, 'list');
  mkdirSync(join(from, '1/etc'), { recursive: true });
  writeFileSync(join(from, 'table'), 'label: gpt\n\npartition 1 : start=2048\n');
  writeFileSync(join(from, '1.volume'), 'TYPE=ext4\nLABEL=a b\n');
  writeFileSync(join(from, '2.volume'), '');
  writeFileSync(join(from, '2.bytes'), `${'e'.repeat(64)}  -\n`);
  writeFileSync(join(from, '1/etc/motd'), 'hello\n');
  writeFileSync(join(from, '1/etc/2.bytes'), 'hello\n');
  symlinkSync('/somewhere/else', join(from, '1/etc/link'));
  execFileSync('mknod', [join(from, '1/etc/null'), 'c', '1', '3']);
  execFileSync('mkfifo', [join(from, '1/etc/pipe')]);
  execFileSync('chown', ['3000000:5', join(from, '1/etc/motd')]);
  execFileSync('setfattr', ['-n', 'user.a', '-v', '0x000aff', join(from, '1/etc/motd')]);
  chmodSync(join(from, '1/etc/motd'), 0o4750);
  const { kind, table, volumes } = await readListed(pack(from), 'image', signal);
  expect([kind, table]).toEqual(['image', ['label: gpt', 'partition 1 : start=2048']]);
  expect(volumes.get(2)).toEqual({ facts: [], sha256: 'e'.repeat(64), entries: new Map() });
  const { facts, entries } = volumes.get(1) ?? {};
  expect(facts).toEqual(['TYPE=ext4', 'LABEL=a b']);
  const none = new Map();
  const hello = { type: 'file', sizeBytes: 6, sha256: sha256OfHello };
  expect(Object.fromEntries(entries ?? [])).toEqual({
    '': { type: 'folder', mode: '755', owner: '0:0', xattrs: none },
    etc: { type: 'folder', mode: '755', owner: '0:0', xattrs: none },
    'etc/2.bytes': { ...hello, mode: '644', owner: '0:0', xattrs: none },
    'etc/link': { type: 'link', target: '/somewhere/else', owner: '0:0', xattrs: none },
    'etc/motd': { ...hello, mode: '4750', owner: '3000000:5', xattrs: new Map([['user.a', '000aff']]) },
    'etc/null': { type: 'character device', mode: '644', owner: '0:0', device: '1:3', xattrs: none },
    'etc/pipe': { type: 'pipe', mode: '644', owner: '0:0', xattrs: none },
  });
});

test('a listing that climbs, or is cut, is refused', async () => {
  const from = join(folder, 'list');
  mkdirSync(from);
  writeFileSync(join(from, 'table'), 'x'.repeat(5000));
  const climbing = join(folder, 'climbing.tar');
  execFileSync('tar', ['-cPf', climbing, '--format=pax', '--transform=s|^|../|', '-C', from, 'table']);
  await expect(readListed(climbing, 'image', signal)).rejects.toThrow('Its path contains "..".');
  const cut = join(folder, 'cut.tar');
  execFileSync('sh', ['-c', 'head -c 3000 "$1" > "$2"', 'sh', pack(from), cut]);
  await expect(readListed(cut, 'image', signal)).rejects.toThrow('The archive is cut.');
});

test('a folder and a file of the host', async () => {
  mkdirSync(join(folder, 'a/sub'), { recursive: true });
  writeFileSync(join(folder, 'a/sub/run'), 'hello\n', { mode: 0o755 });
  symlinkSync('run', join(folder, 'a/sub/link'));
  const hello = { type: 'file', sizeBytes: 6, sha256: sha256OfHello };
  const listed = await readListed(join(folder, 'a'), 'itself', signal);
  expect(listed.kind).toBe('folder');
  expect(Object.fromEntries(listed.volumes.get(0)?.entries ?? [])).toEqual({
    '': { type: 'folder' },
    sub: { type: 'folder' },
    'sub/link': { type: 'link', target: 'run' },
    'sub/run': { ...hello, mode: 'executable' },
  });
  const single = await readListed(join(folder, 'a/sub/run'), 'itself', signal);
  expect([single.kind, Object.fromEntries(single.volumes.get(0)?.entries ?? [])]).toEqual(['file', { '': hello }]);
});

test('a listing without end is refused', async () => {
  const from = join(folder, 'list');
  mkdirSync(join(from, '1'), { recursive: true });
  for (const name of ['a', 'b', 'c']) writeFileSync(join(from, '1', name.repeat(100)), 'hello\n');
  const listing = pack(from);
  // "./", the folder, and its three files.
  expect((await readListed(listing, 'image', signal, { entries: 5, bytes: 500 })).volumes.get(1)?.entries.size).toBe(4);
  await expect(readListed(listing, 'image', signal, { entries: 4, bytes: 500 })).rejects.toThrow(
    'The archive is refused. It lists more than 4 files, or more than 500 bytes of names and attributes.',
  );
  await expect(readListed(listing, 'image', signal, { entries: 5, bytes: 300 })).rejects.toThrow(
    'The archive is refused. It lists more than 5 files, or more than 300 bytes of names and attributes.',
  );
});
