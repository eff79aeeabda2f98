// Times: every step's clock is behind all files of earlier steps, and in every format that is handed out no time is later than the
// epoch, nor another than the earliest that the format can say where that is later than what was asked for.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesystemKind, filesystemKinds } from '../../../jobs/lib/filesystems.ts';
import { type Run, run } from '../border/vm.ts';
import { type Finished, makeVmb, type Vmb } from '../vmb.ts';

const epoch = Date.UTC(2026, 0) / 1000;
const years = [1900, 1960, 1975, 2020, 2040, 2100, 2200];
const sizes: ReadonlyMap<string, number> = new Map([
  ['fat32', 40],
  ['btrfs', 112],
]);

/** Every kind that holds files, but for those which others stand for: ext3 is made as ext4 is, xfs kept as btrfs is. */
const volumes = filesystemKinds
  .filter(({ type, mount }) => 'type' in mount && type !== 'ext3' && type !== 'xfs')
  .map(({ type }, index) => ({ number: index + 1, type, sizeMiB: sizes.get(type) ?? 8 }));
const startMiB = (number: number) => volumes.slice(0, number - 1).reduce((sum, { sizeMiB }) => sum + sizeMiB, 1);

/** Volumes that export lays out afresh in one image and keeps in another. */
const keptToo = volumes.filter(({ type }) => type === 'ext4' || type === 'fat32' || type === 'minix');

const made = volumes
  .map(
    ({ number, type, sizeMiB }) => `
[[job]]
use = "partition"
disk = "main"
size = "${sizeMiB}MiB"

[[job]]
use = "format"
volume = "main:${number}"
type = "${type}"
`,
  )
  .join('');
const mounts = volumes.map(({ number }) => `"/mnt/${number}" = "main:${number}"`).join(', ');
const ranOn = (command: string) => `
[[job]]
use = "run"
timeout = "10m"
command = '''${command}'''
mount = { ${mounts} }
`;

const jobs = `
[[job]]
use = "create-disk"
disk = "main"
size = "${startMiB(volumes.length + 1) + 1}MiB"

[[job]]
use = "label"
disk = "main"
type = "gpt"
${made}${ranOn(`for volume in ${volumes.map(({ number }) => number).join(' ')}; do
  cd /mnt/$volume
  mkdir folder
  for year in ${years.join(' ')}; do
    echo $year > $year
    touch -d "$year-06-01 00:00:00" $year
  done
  touch folder/now
done`)}${ranOn(`date +clock=%s
cd /mnt
touch -d "@$(date +%s)" /tmp/now
find . -newer /tmp/now -name now -o -newer /tmp/now -name folder`)}
[[job]]
use = "initramfs"
from = "main:1:/"
to = "main:1:/initramfs"

[[job]]
use = "copy-out"
from = "main:1:/initramfs"
as = "initramfs.cpio"

[[job]]
use = "tar-out"
from = "main:1:/"
as = "files.tar"

[[job]]
use = "export"
disk = "main"
as = "fresh.img"

[[job]]
use = "export"
disk = "main"
as = "kept.img"
layout = { ${keptToo.map(({ number }) => `"main:${number}" = "keep"`).join(', ')} }
`;

const images = [
  ...volumes.map((volume) => ({ ...volume, of: 'fresh.img' })),
  ...keptToo.map((volume) => ({ ...volume, of: 'kept.img' })),
];

let vmb: Vmb;
let built: Finished;
let read: Run;
const artifact = (name: string) => join(vmb.folder, 'out', name);

beforeAll(async () => {
  vmb = makeVmb();
  await vmb.addBuild('times', jobs);
  built = await vmb.run('build', '--repo', 'test', '--name', 'times', '--out', 'out', '--json');
  read = await readBack();
});
afterAll(() => vmb.remove());

/** Mounts what was exported in a VM that knows nothing of the build, and lists the times that are on it. */
async function readBack(): Promise<Run> {
  const pieces: Record<string, string> = {};
  const steps = images.map(({ number, type, sizeMiB, of }, index) => {
    const piece = join(vmb.folder, `piece-${index}`);
    const range = [`skip=${startMiB(number)}`, `count=${sizeMiB}`];
    execFileSync('dd', [`if=${artifact(of)}`, `of=${piece}`, 'bs=1M', ...range, 'conv=sparse', 'status=none']);
    pieces[`piece-${index}`] = piece;
    const { mount, exported = mount } = filesystemKind(type);
    if ('impossible' in exported) throw new Error(`${type} holds no files`);
    const options = ['ro', ...(exported.options === '' ? [] : [exported.options])].join(',');
    return `(
      vmb_mount /dev/vmb/piece-${index} /mnt ${exported.type} ${options}
      find /mnt -mindepth 1 -printf '${index} %T@ %P\\n'
    )
    umount /mnt`;
  });
  return run({ images: pieces, steps: [{ script: ['vmb_tools', ...steps].join('\n'), tools: true }] });
}

test('no file of an earlier step is in the future, and the clock is what the time limits say', () => {
  expect([built.exitCode, built.stderr]).toEqual([0, '']);
  const output = built.events().flatMap(({ type, text }) => (type === 'step-output' ? [String(text)] : []));
  const [clock = '', ...more] = output.filter((line) => !line.startsWith('WARNING: failed to open /dev/btrfs-control'));
  expect(more).toEqual([]);
  // label, partition and format have an hour each, the first run has ten minutes; the clock runs on while a step does.
  const start = epoch + (1 + 2 * volumes.length) * 3600 + 600;
  expect(Number(clock.slice('clock='.length)) - start).toBeGreaterThanOrEqual(0);
  expect(Number(clock.slice('clock='.length)) - start).toBeLessThan(600);
});

const asked = (year: number) => Date.UTC(year, 5) / 1000;

test.each(images.map((image, index) => ({ ...image, index })))('$type in $of', ({ type, index }) => {
  const { first } = filesystemKind(type).times;
  const lines = read.output(1).toString().trimEnd().split('\n');
  const own = lines.map((line) => line.split(' ')).filter(([image]) => image === String(index));
  const found = new Map(own.map(([, time = '', name = '']) => [name, Math.floor(Number(time))]));
  for (const [name, time] of found) expect([name, Math.max(time, epoch)]).toEqual([name, epoch]);
  for (const year of years) {
    const time = found.get(String(year));
    // Staged files lie on an ext4 first, whose times begin in 1901.
    const earliest = Math.max(
      asked(year),
      first,
      type === 'ntfs' || type === 'btrfs' || type === 'udf' ? first : -(2 ** 31),
    );
    expect([year, time]).toEqual([year, Math.min(earliest, epoch)]);
  }
});

test('in a cpio and a tar, too', () => {
  const listed = execFileSync('cpio', ['-itvn', '--quiet'], {
    input: execFileSync('cat', [artifact('initramfs.cpio')]),
    env: { ...process.env, TZ: 'UTC0', LC_ALL: 'C' },
    encoding: 'utf8',
  });
  const cpio = new Map(
    listed
      .trimEnd()
      .split('\n')
      .map((line) => [line.split(/ +/)[8] ?? '', line.split(/ +/).slice(5, 8).join(' ')]),
  );
  expect(years.map((year) => cpio.get(String(year)))).toEqual([
    'Jan 1 1970',
    'Jan 1 1970',
    'Jun 1 1975',
    'Jun 1 2020',
    'Jan 1 2026',
    'Jan 1 2026',
    'Jan 1 2026',
  ]);
  const folder = join(vmb.folder, 'unpacked');
  execFileSync('mkdir', [folder]);
  execFileSync('tar', ['--warning=no-timestamp', '-xf', artifact('files.tar'), '-C', folder]);
  const times = execFileSync('stat', ['-c', '%Y', ...years.map(String)], { cwd: folder, encoding: 'utf8' });
  expect(times.trimEnd().split('\n').map(Number)).toEqual(
    years.map((year) => Math.min(Math.max(asked(year), -(2 ** 31)), epoch)),
  );
});
