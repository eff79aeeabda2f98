// A session whose disks are packed into two: the same artifacts, whatever comes between, and something to look at when it fails.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ext4Disk, makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
beforeAll(async () => {
  vmb = makeVmb();
  // Not a whole number of MiB, so that what lies behind it has to be aligned.
  const jobs = `
[machine]
scratch = "40MiB"
${ext4Disk('48MiB')}
[[job]]
use = "create-disk"
disk = "data"
size = "35651KiB"

[[job]]
use = "format"
volume = "data"
type = "fat32"

[[job]]
use = "copy-in"
from = "files"
to = "main:1:/files"

[[job]]
use = "run"
command = "dd if=/dev/zero of=/tmp/big bs=1M count=30; cat /mnt/files/* > /data/all; df /tmp | tail -n 1 > /data/df"
mount = { "/mnt" = "main:1", "/data" = "data" }

[[job]]
use = "tar-out"
from = "data:/"
as = "data.tar"

[[job]]
use = "copy-out"
from = "data:/all"
as = "all"

[[job]]
use = "export"
disk = "main"
as = "main.img"

[[job]]
use = "export"
disk = "data"
as = "data.img"
`;
  await vmb.addBuild('packed', jobs, { 'files/one': 'one\n', 'files/two': 'two\n' });
  // mkfs.btrfs looks whether its disk is mounted, and the tools image is, which lies on the same packed disk.
  const btrfs =
    '[[job]]\nuse = "create-disk"\ndisk = "more"\nsize = "112MiB"\n[[job]]\nuse = "format"\nvolume = "more"\ntype = "btrfs"';
  const failing = `${ext4Disk('48MiB')}\n${btrfs}\n[[job]]\nuse = "run"\ncommand = "exit 5"\nmount = { "/mnt" = "main:1" }\n`;
  await vmb.addBuild('failing', failing);
});
afterAll(() => vmb.remove());

interface Session {
  readonly command: readonly string[];
}

const disksOf = ({ command }: Session) => command.filter((word) => word.includes(',drive=disk')).length;

test('packed or not, in one session or in many, the artifacts are the same', async () => {
  const seen: { disks: number[]; artifacts: string[] }[] = [];
  for (const [round, options] of [[], ['--most-disks', '2'], ['--most-disks', '2', '--session-per-step']].entries()) {
    const out = join(vmb.folder, `out-${round}`);
    const finished = await vmb.run('build', '--repo', 'test', '--name', 'packed', '--out', out, ...options);
    expect(finished.stderr).toBe('');
    expect(finished.exitCode).toBe(0);
    const record = JSON.parse(readFileSync(join(out, 'packed.record.json'), 'utf8'));
    const artifacts = record.artifacts.map(({ name, sha256 }: { name: string; sha256: string }) => `${name} ${sha256}`);
    seen.push({ disks: [...new Set<number>(record.sessions.map(disksOf))], artifacts });
    expect(readFileSync(join(out, 'all'), 'utf8')).toBe('one\ntwo\n');
  }
  expect(seen.map(({ disks }) => disks)).toEqual([[8], [2], [2]]);
  expect(seen[1]?.artifacts).toEqual(seen[0]?.artifacts);
  expect(seen[2]?.artifacts).toEqual(seen[0]?.artifacts);
});

test('what a failed session leaves with --keep is the packed disk, with which the printed command boots', async () => {
  const { exitCode, stdout } = await vmb.run(
    ...['build', '--repo', 'test', '--name', 'failing', '--most-disks', '2', '--keep', '--out', 'none'],
  );
  expect(exitCode).toBe(1);
  expect(stdout).toContain('run exit 5\n');
  const command = /^ {2}(\S.*vmb\.shell.*)$/m.exec(stdout)?.[1] ?? '';
  const job = /filename=([^,]*job\.raw),/.exec(command)?.[1] ?? '';
  expect(existsSync(job)).toBe(true);
  expect(readFileSync(job).subarray(0, 8).toString()).toBe('vmb-job ');
  expect(command.match(/,drive=disk/g)).toHaveLength(2);
  expect((await vmb.run('clean')).exitCode).toBe(0);
  expect(readdirSync(join(vmb.stateFolder, 'work'))).toEqual([]);
});

test('a number of disks that cannot be', async () => {
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'packed', '--most-disks', '1');
  expect(finished.exitCode).toBe(2);
  expect(finished.stderr).toBe('--most-disks: "1" cannot be; write a whole number from 2 to 999.\n');
});
