// The figures of a whole vmb, each beside its limit: `make bench`. Software emulation; nothing here asserts wall time.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { ext4Disk } from '../vm/vmb.ts';
import { measure, tell, vmbMain } from './measure.ts';

let folder: string;
let environment: NodeJS.ProcessEnv;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-bench-'));
  // The build-VM stays in the ordinary cache; repositories and records are the benchmark's own.
  environment = { ...process.env, XDG_CONFIG_HOME: join(folder, 'config'), XDG_STATE_HOME: join(folder, 'state') };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const vmb = (args: readonly string[]) => measure(process.execPath, [vmbMain, ...args], environment);

async function build(name: string, buildFile: string, vmm = 'qemu') {
  const repository = join(folder, name);
  mkdirSync(join(repository, name), { recursive: true });
  writeFileSync(join(repository, name, 'build.toml'), buildFile);
  await vmb(['import', '--path', repository, '--as', name]);
  return vmb(['build', '--repo', name, '--name', name, '--vmm', vmm, '--out', join(folder, 'out', name)]);
}

function guestReadyMs(name: string): number {
  const record = JSON.parse(readFileSync(join(folder, 'out', name, `${name}.record.json`), 'utf8'));
  return record.sessions[0].guestReadyMs;
}

const head = (name: string) => `name = "${name}"\nversion = "1"\narch = "x86_64"\nsummary = "A benchmark"\n`;
test('vmb --help', async () => {
  const times = [];
  for (let round = 0; round < 9; round++) times.push((await vmb(['--help'])).seconds * 1000);
  const bare = [];
  for (let round = 0; round < 9; round++) bare.push((await measure(process.execPath, ['-e', '0'])).seconds * 1000);
  const median = (values: number[]) => values.sort((a, b) => a - b)[4] ?? 0;
  tell('vmb --help', median(times), 'ms', 150, `node alone ${median(bare).toFixed(0)} ms`);
});

test('a build of one step', async () => {
  const one = `${head('one-step')}\n[[job]]\nuse = "run"\ncommand = "true"\n`;
  await build('one-step', one);
  const { seconds } = await build('one-step', one);
  tell('vmb build of one step', seconds, 's', 3);
  tell('  guest: from power-on to ready, by its own clock', guestReadyMs('one-step') / 1000, 's', 1.3);
});

test('hello-efi', async () => {
  const hello = async (vmm: string) =>
    await vmb(['build', '--repo', 'images', '--name', 'hello-efi', '--vmm', vmm, '--out', join(folder, 'hello')]);
  const qemu = await hello('qemu');
  tell('vmb build --repo images --name hello-efi', qemu.seconds, 's', 15);
  const v86 = await hello('v86');
  tell(
    '  the same in v86, as a multiple of that',
    v86.seconds / qemu.seconds,
    'times',
    4,
    `${v86.seconds.toFixed(1)} s`,
  );
  tell('  memory of vmb', v86.peakBytes / 1e6, 'MB', undefined);
});

test('a disk of 2 GiB in v86', async () => {
  const jobs = `
[machine]
memory = "128MiB"

[[job]]
use = "create-disk"
disk = "main"
size = "2GiB"

[[job]]
use = "format"
volume = "main"
type = "ext4"

[[job]]
use = "run"
command = "yes | head -c 100000000 >/mnt/0; for i in 1 2 3 4 5; do cp /mnt/0 /mnt/$i; done; cat /mnt/[0-5] | tail -c 2"
mount = { "/mnt" = "main" }
`;
  const { seconds, peakBytes } = await build('two-gib', head('two-gib') + jobs, 'v86');
  tell('600 MB written to a disk of 2 GiB in v86, and read', seconds, 's', undefined);
  tell('  memory of vmb', peakBytes / 1e6, 'MB', 400);
});

test('12,000 files, 190 MB: in, and out again as a tar', async () => {
  makeTree(join(folder, 'tree', 'tree', 'files'), 12_000, 190_000_000);
  const jobs = `
[[job]]
use = "copy-in"
from = "files"
to = "main:1:/"

[[job]]
use = "tar-out"
from = "main:1:/"
as = "tree.tar"
`;
  const { seconds, peakBytes } = await build('tree', head('tree') + ext4Disk('1GiB') + jobs);
  tell('12,000 files, 190 MB: copy-in, tar-out', seconds, 's', 14);
  tell('  memory of vmb', peakBytes / 1e6, 'MB', undefined);
  await guestfish(seconds);
});

test('a file of 4 GiB in and out', async () => {
  const files = join(folder, 'large', 'large');
  mkdirSync(files, { recursive: true });
  writeFileSync(join(files, 'large.bin'), 'head');
  truncateSync(join(files, 'large.bin'), 4 * 1024 ** 3);
  const jobs = `
[[job]]
use = "copy-in"
from = "large.bin"
to = "main:1:/large.bin"

[[job]]
use = "copy-out"
from = "main:1:/large.bin"
as = "large.bin"
`;
  const { seconds, peakBytes } = await build('large', head('large') + ext4Disk('5GiB') + jobs);
  tell('a file of 4 GiB in and out', seconds, 's', undefined);
  tell('  memory of vmb', peakBytes / 1e6, 'MB', 150);
});

/** Files of one size in folders of a hundred, with contents that differ. */
function makeTree(root: string, files: number, bytes: number): void {
  const size = Math.floor(bytes / files);
  for (let index = 0; index < files; index++) {
    const parent = join(root, `folder-${Math.floor(index / 100)}`);
    if (index % 100 === 0) mkdirSync(parent, { recursive: true });
    writeFileSync(join(parent, `file-${index}`), Buffer.alloc(size, `content of file ${index}\n`));
  }
}

/** The same work by libguestfs, where it is installed. */
async function guestfish(vmbSeconds: number): Promise<void> {
  const files = join(folder, 'tree', 'tree', 'files');
  const image = join(folder, 'guestfish.img');
  const script = `sparse ${image} 1G\nrun\npart-disk /dev/sda gpt\nmkfs ext4 /dev/sda1\nmount /dev/sda1 /\ncopy-in ${files} /\ntar-out / ${folder}/guestfish.tar\n`;
  writeFileSync(join(folder, 'guestfish.script'), script);
  const backend = { ...process.env, LIBGUESTFS_BACKEND: 'direct', LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg' };
  try {
    const { seconds } = await measure('guestfish', ['-f', join(folder, 'guestfish.script')], backend);
    tell(
      '  the same with guestfish',
      seconds,
      's',
      undefined,
      `vmb takes ${(vmbSeconds / seconds).toFixed(2)} of that; 14 s of guestfish's 37 s are 0.38`,
    );
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    console.log('  guestfish is not installed: no comparison (apt-get install libguestfs-tools)');
  }
}
