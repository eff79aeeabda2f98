// run: what a command finds around it, in the build-VM's programs and in a volume's own, and what it leaves behind.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
beforeAll(() => {
  vmb = makeVmb();
});
afterAll(() => vmb.remove());

const disks = `
[[job]]
use = "create-disk"
disk = "root"
size = "32MiB"

[[job]]
use = "format"
volume = "root"
type = "ext4"

[[job]]
use = "create-disk"
disk = "data"
size = "16MiB"

[[job]]
use = "format"
volume = "data"
type = "ext4"

[[job]]
use = "copy-in"
from = "vmb:busybox"
to = "root:/bin/busybox"
mode = "0755"
`;

test('a volume as root, with another in it, and no trace of the mount', async () => {
  const jobs = `${disks}
[[job]]
use = "run"
command = ["/bin/busybox", "sh", "-c", "echo $1; cd /srv/data && /bin/busybox env | /bin/busybox sort > env; /bin/busybox pwd", "sh", "it's \\"$(quoted)\\""]
chroot = "root"
mount = { "/srv/data/" = "data" }
env = { A = "b c", LANG = "C" }
cwd = "/bin"

[[job]]
use = "copy-out"
from = "data:/env"
as = "env"

[[job]]
use = "tar-out"
from = "root:/"
as = "root.tar"
`;
  await vmb.addBuild('chroot', jobs);
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'chroot', '--out', 'out');
  expect(finished.exitCode, finished.stderr).toBe(0);
  expect(finished.stdout).toContain('it\'s "$(quoted)"\n');
  expect(finished.stdout).toContain('/srv/data\n');
  expect(readFileSync(join(vmb.folder, 'out', 'env'), 'utf8')).toMatchInlineSnapshot(`
    "A=b c
    HOME=/root
    LANG=C
    LC_ALL=C.UTF-8
    OLDPWD=/bin
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    PWD=/srv/data
    SHLVL=1
    SOURCE_DATE_EPOCH=1767225600
    TZ=UTC0
    "
  `);
  const { stdout } = await localCommands.run('tar', ['-tf', join(vmb.folder, 'out', 'root.tar')]);
  expect(stdout.split('\n')).toEqual(['./', './bin/', './bin/busybox']);
});

test('the build-VM’s programs, volumes nested without a trace, and an exit code', async () => {
  const jobs = `${disks}
[[job]]
use = "run"
command = """
cat /proc/mounts | grep -c '^/dev/vmb'
echo content > /mnt/inner/file
"""
mount = { "/mnt" = "root", "/mnt/inner" = "data" }

[[job]]
use = "run"
command = """
ls /mnt /mnt/data
false
echo never
"""
mount = { "/mnt" = "root", "/mnt/data" = "data" }
`;
  await vmb.addBuild('nested', jobs);
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'nested', '--out', 'out');
  expect(finished.exitCode).toBe(1);
  const output = finished.stdout.match(/(?<=^\[\d+\/\d+\] \| ).*$/gm)?.join(' ');
  expect(output).toBe('2 /mnt: bin data lost+found  /mnt/data: file lost+found');
  expect(`${finished.stdout}${finished.stderr}`).not.toContain('never');
});
