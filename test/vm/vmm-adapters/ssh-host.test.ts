// Whole builds with QEMU on another machine: a private sshd on a loopback port.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PrivateSshd, startSshd } from '../../vmm-adapters/lib/private-sshd.ts';
import { ext4Disk, makeVmb, type Vmb } from '../vmb.ts';

let sshd: PrivateSshd;
let vmb: Vmb;

beforeAll(async () => {
  sshd = await startSshd();
  vmb = makeVmb(clientOf(sshd));
  const jobs = `${ext4Disk('64MiB')}
[[job]]
use = "copy-in"
content = "over the wire\\n"
to = "main:1:/etc/motd"

[[job]]
use = "export"
disk = "main"
as = "main.img"
`;
  await vmb.addBuild('small', jobs);
});

afterAll(async () => {
  vmb.remove();
  await sshd.stop();
});

/** The user's home has the keys, the cache is the machine's ordinary one. */
function clientOf({ clientHome }: PrivateSshd): Record<string, string> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return { HOME: clientHome, XDG_CACHE_HOME: cache, SSH_AUTH_SOCK: '' };
}

function digestOf(out: string): string {
  return createHash('sha256')
    .update(readFileSync(join(vmb.folder, out, 'main.img')))
    .digest('hex');
}

const build = (out: string, ...more: string[]) =>
  vmb.run('build', '--repo', 'test', '--name', 'small', '--vmm', 'qemu', '--json', '--out', out, ...more);

test('the same bytes as from here', async () => {
  const here = await build('here');
  expect(here.exitCode, here.stderr).toBe(0);
  const there = await build('there', '--host', sshd.address.text);
  expect(there.exitCode, there.stderr).toBe(0);
  expect(digestOf('there')).toBe(digestOf('here'));
  expect(readdirSync(join(sshd.remoteCache, 'vmb-remote', 'work'))).toEqual([]);
});
