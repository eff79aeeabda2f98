// A build that begins with one image of another build's matrix: that is built first, and its disk goes on being used.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ext4Disk, makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
beforeAll(async () => {
  vmb = makeVmb();
  const base = `
[matrix]
files = "vars/*.env"
${ext4Disk('16MiB')}
[[job]]
use = "copy-in"
from = "motd"
substitute = true
to = "main:1:/motd"
[[job]]
use = "export"
disk = "main"
as = "\${flavour}.img"
`;
  const files = {
    motd: 'this is ${flavour}\n',
    'vars/small.env': 'flavour=small\n',
    'vars/large.env': 'flavour=large\n',
  };
  await vmb.addBuild('base', base, files);
  const top = `
[source]
name = "base"
variant = "small"
disk = "system"
[[job]]
use = "run"
command = "cat /mnt/motd /mnt/motd > /mnt/twice; rm /mnt/motd"
mount = { "/mnt" = "system:1" }
[[job]]
use = "export"
disk = "system"
as = "top.img"
`;
  await vmb.addBuild('top', top);
});
afterAll(() => vmb.remove());

const mebibyte = 1024 * 1024;
const filesystem = (path: string) => `${path}?offset=${mebibyte}`;
const contentOf = (path: string, name: string) =>
  execFileSync('debugfs', ['-R', `cat ${name}`, filesystem(path)], { stdio: 'pipe', encoding: 'utf8' });

test('the source is built first; its disk is used as it is, and laid out afresh at the end', async () => {
  const out = join(vmb.folder, 'out');
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'top', '--out', out, '--json');
  expect(finished.stderr).toBe('');
  const events = finished.events().filter(({ type }) => ['note', 'build-started', 'build-done'].includes(type));
  expect(events.map(({ type, text, name, variant }) => [type, text ?? name, variant])).toEqual([
    [
      'note',
      'base 1 x86_64 (small) is not built yet: it is built first, because this build begins with it.',
      undefined,
    ],
    ['build-started', 'base', 'small'],
    ['build-done', undefined, undefined],
    ['build-started', 'top', undefined],
    ['build-done', undefined, undefined],
  ]);
  expect(readdirSync(out).sort()).toEqual(['top.img', 'top.record.json']);
  const image = join(out, 'top.img');
  execFileSync('e2fsck', ['-fn', filesystem(image)], { stdio: 'pipe' });
  expect(contentOf(image, '/twice')).toBe('this is small\nthis is small\n');
  const { steps } = JSON.parse(readFileSync(join(out, 'top.record.json'), 'utf8'));
  expect(steps.at(-1).facts).toEqual({ 'layout.system.1': 'fresh' });
});

test('one image of the matrix, and what the list says of all', async () => {
  const out = join(vmb.folder, 'out-base');
  const built = await vmb.run('build', '--repo', 'test', '--name', 'base', '--only', 'large', '--out', out);
  expect(built.stderr).toBe('');
  expect(readdirSync(out).sort()).toEqual(['base.large.record.json', 'large.img']);
  expect(contentOf(join(out, 'large.img'), '/motd')).toBe('this is large\n');
  const { builds } = JSON.parse((await vmb.run('list', '--json')).stdout);
  const own = builds.filter(({ repository }: { repository: string }) => repository === 'test');
  expect(own.map(({ name, variant, state }: Record<string, string>) => [name, variant, state])).toEqual([
    ['base', 'large', 'current'],
    ['base', 'small', 'current'],
    ['top', undefined, 'current'],
  ]);
});
