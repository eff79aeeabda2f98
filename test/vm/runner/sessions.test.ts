// One plan, carried out in one session and in one session a step, twice: always the same artifacts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ext4Disk, makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
beforeAll(async () => {
  vmb = makeVmb();
  const jobs = `${ext4Disk('64MiB')}
[[job]]
use = "copy-in"
from = "files"
to = "main:1:/files"

[[job]]
use = "run"
command = "date -u +%F > /mnt/when; mkdir /mnt/made; rm /mnt/files/removed; ln -s when /mnt/link; cat /mnt/files/*"
mount = { "/mnt" = "main:1" }

[[job]]
use = "tar-out"
from = "main:1:/"
as = "tree.tar"

[[job]]
use = "export"
disk = "main"
as = "main.img"
`;
  await vmb.addBuild('sessions', jobs, { 'files/one': 'one\n', 'files/removed': 'removed\n', "files/it's": 'two\n' });
});
afterAll(() => vmb.remove());

test('the number of boots and the time of the build change nothing', async () => {
  const digests = [];
  for (const [round, options] of [[], ['--session-per-step'], []].entries()) {
    const out = join(vmb.folder, `out-${round}`);
    const finished = await vmb.run('build', '--repo', 'test', '--name', 'sessions', '--out', out, '--json', ...options);
    expect(finished.stderr).toBe('');
    expect(finished.exitCode).toBe(0);
    const record = JSON.parse(readFileSync(join(out, 'sessions.record.json'), 'utf8'));
    expect(record.sessions.length).toBe(options.length === 0 ? 1 : 7);
    digests.push(record.artifacts.map(({ name, sha256 }: { name: string; sha256: string }) => `${name} ${sha256}`));
  }
  expect(digests[1]).toEqual(digests[0]);
  expect(digests[2]).toEqual(digests[0]);
});
