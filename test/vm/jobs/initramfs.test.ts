// initramfs: an archive that depends on content alone, as cpio lists it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
beforeAll(() => {
  vmb = makeVmb();
});
afterAll(() => vmb.remove());

const tree = (disk: string, order: string) => `
[[job]]
use = "create-disk"
disk = "${disk}"
size = "32MiB"

[[job]]
use = "format"
volume = "${disk}"
type = "ext4"

[[job]]
use = "run"
command = '''
mkdir -p /mnt/root/bin /mnt/root/etc
cd /mnt/root
for name in $(printf '%s\\n' bin/one bin/two etc/three 'Ä' .hidden | ${order}); do echo "$name" > "$name"; done
for name in $(printf '%s\\n' hard1 hard2 | ${order}); do [ -e hard1 ] || [ -e hard2 ] && ln hard? "$name" || echo x > "$name"; done
ln -s bin/one link
chown 5:6 etc/three
chmod 4711 bin/two
touch -d @1000000000 bin/one
'''
mount = { "/mnt" = "${disk}" }

[[job]]
use = "initramfs"
from = "${disk}:/root"
to = "${disk}:/initramfs"
nodes = ["c 5 1 0600 /dev/console", "b 8 16 0660 /dev/disk/b"]

[[job]]
use = "initramfs"
from = "${disk}:/root"
to = "${disk}:/initramfs.gz"
nodes = ["c 5 1 0600 /dev/console", "b 8 16 0660 /dev/disk/b"]
compress = "gzip"
${['initramfs', 'initramfs.gz'].map((name) => `\n[[job]]\nuse = "copy-out"\nfrom = "${disk}:/${name}"\nas = "${disk}-${name}"\n`).join('')}
`;

test('two histories, one content: the same bytes, in the order of names', async () => {
  // Junk on one side: inodes in another order, links made the other way round.
  const jobs = `${tree('one', 'sort')}${tree('two', 'sort -r')}`;
  await vmb.addBuild('trees', jobs);
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'trees', '--out', 'out');
  expect(finished.exitCode, finished.stderr).toBe(0);
  const read = (name: string) => readFileSync(join(vmb.folder, 'out', name));
  expect(read('one-initramfs').equals(read('two-initramfs'))).toBe(true);
  expect(read('one-initramfs.gz').equals(read('two-initramfs.gz'))).toBe(true);
  expect(gunzipSync(read('one-initramfs.gz')).equals(read('one-initramfs'))).toBe(true);
  // Method, no flags (no name), no time: RFC 1952, 2.3.
  expect(read('one-initramfs.gz').subarray(2, 8)).toEqual(Buffer.from([8, 0, 0, 0, 0, 0]));
  const { stdout } = await localCommands.run('cpio', ['-itvn', '--quiet'], {
    input: read('one-initramfs'),
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC0' },
  });
  expect(stdout).toMatchInlineSnapshot(`
    "drwxr-xr-x   5 0        0               0 Jan  1  2026 .
    -rw-r--r--   1 0        0               8 Jan  1  2026 .hidden
    drwxr-xr-x   2 0        0               0 Jan  1  2026 bin
    -rw-r--r--   1 0        0               8 Sep  9  2001 bin/one
    -rws--x--x   1 0        0               8 Jan  1  2026 bin/two
    drwxr-xr-x   3 0        0               0 Jan  1  2026 dev
    crw-------   1 0        0          5,   1 Jan  1  2026 dev/console
    drwxr-xr-x   2 0        0               0 Jan  1  2026 dev/disk
    brw-rw----   1 0        0          8,  16 Jan  1  2026 dev/disk/b
    drwxr-xr-x   2 0        0               0 Jan  1  2026 etc
    -rw-r--r--   1 5        6              10 Jan  1  2026 etc/three
    -rw-r--r--   2 0        0               0 Jan  1  2026 hard1
    -rw-r--r--   2 0        0               2 Jan  1  2026 hard2
    lrwxrwxrwx   1 0        0               7 Jan  1  2026 link -> bin/one
    -rw-r--r--   1 0        0               3 Jan  1  2026 Ä"
  `);
});
