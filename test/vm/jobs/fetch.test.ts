// fetch of Debian packages: locked on one machine, carried to another one that has no archive, built there offline.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { foldersOf } from '../../../runner/state/folders.ts';
import { makeRepository, type Repository } from '../../runner/fetch/debian-repository.ts';
import { makeVmb, type Vmb } from '../vmb.ts';

let folder: string;
let archive: Repository;
let here: Vmb;
let there: Vmb;

const jobs = `
[[job]]
use = "create-disk"
disk = "main"
size = "16MiB"
[[job]]
use = "format"
volume = "main"
type = "ext4"
[[job]]
use = "fetch"
packages = ["greeting"]
to = "main:/debs/"
[[job]]
use = "fetch"
url = "deb:greeting:all=1:2.0-1"
as = "greeting"
[[job]]
use = "tar-in"
from = "fetched:greeting"
to = "main:/root"
[[job]]
use = "copy-out"
from = "main:/debs"
as = "debs"
[[job]]
use = "copy-out"
from = "main:/root"
as = "root"
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-fetch-'));
  const text = join(folder, 'archive/tree/greeting/usr/share/greeting');
  mkdirSync(text, { recursive: true });
  writeFileSync(join(text, 'text'), 'hello from a package\n');
  archive = makeRepository(join(folder, 'archive'), [
    { name: 'greeting', version: '1:2.0-1', depends: 'greeting-data' },
    { name: 'greeting-data', version: '1' },
  ]);
  writeFileSync(
    join(folder, 'nothing.conf'),
    'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "/dev/null";\n',
  );
  here = makeVmb({ XDG_CACHE_HOME: cache('here'), APT_CONFIG: join(archive.folder, 'apt.conf') });
  there = makeVmb({ XDG_CACHE_HOME: cache('there'), APT_CONFIG: join(folder, 'nothing.conf') });
});
afterAll(() => {
  here.remove();
  there.remove();
  rmSync(folder, { recursive: true });
});

/** A store of its own beside this machine's build-VMs, which are linked: nothing here may run `vmb clean`. */
function cache(name: string): string {
  const path = join(folder, name);
  const own = foldersOf(process.env, homedir(), process.cwd()).cache;
  mkdirSync(join(path, 'vmb'), { recursive: true });
  for (const one of readdirSync(own).filter((entry) => entry !== 'store')) {
    symlinkSync(join(own, one), join(path, 'vmb', one));
  }
  return path;
}

test('packages locked here are built from there, without an archive', async () => {
  await here.addBuild('debs', jobs);
  const bundle = join(folder, 'all.vmb');
  const locked = await here.run('lock', '--repo', 'test', '--name', 'debs', '--bundle', bundle);
  expect(locked.stderr.replaceAll(/\d+ bytes|[\d.]+ KiB/g, 'SIZE')).toBe('fetched 2 Debian packages from apt: SIZE\n');
  expect(locked.stdout).toContain('amd64: greeting: 2 packages, ');
  expect(locked.exitCode).toBe(0);

  expect((await there.run('lock', '--load', bundle, '--to', 'carried')).stdout).toBe(
    `2 files are in the store, each with the digest of its name.
The build folder is ${there.folder}/carried; register it with: vmb import --path ${there.folder}/carried
`,
  );
  expect((await there.run('import', '--path', 'carried', '--as', 'test')).exitCode).toBe(0);
  const built = await there.run('build', '--repo', 'test', '--name', 'debs', '--offline', '--out', 'out');
  expect(built.stderr).toBe('');
  expect(built.exitCode).toBe(0);

  const debs = join(there.folder, 'out/debs');
  expect(readdirSync(debs).sort()).toEqual(['greeting-data_1_all.deb', 'greeting_2.0-1_all.deb']);
  const version = execFileSync('dpkg-deb', ['--field', join(debs, 'greeting_2.0-1_all.deb'), 'Version']);
  expect(version.toString()).toBe('1:2.0-1\n');
  const text = readFileSync(join(there.folder, 'out/root/usr/share/greeting/text'), 'utf8');
  expect(text).toBe('hello from a package\n');
});

test('without the store there is nothing, and what is missing is told before anything boots', async () => {
  rmSync(join(folder, 'there/vmb/store'), { recursive: true });
  const { exitCode, stderr } = await there.run('build', '--repo', 'test', '--name', 'debs', '--out', 'out');
  expect(exitCode).toBe(1);
  const told = (deb: string, asked: string) =>
    `${there.folder}/carried/build.toml:15:1: "${deb}" is not here and cannot be fetched (${asked}: apt-get: No packages found); name a mirror that still has it in fetch.toml (docs/fetching.md), move to a newer one with \`vmb lock --renew\`, or bring it from another machine with \`vmb lock --load FILE\`\n`;
  expect(stderr).toBe(
    told('greeting-data_1_all.deb', 'deb:greeting-data:all=1') +
      told('greeting_2.0-1_all.deb', 'deb:greeting:all=1:2.0-1'),
  );
});
