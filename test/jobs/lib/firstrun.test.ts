// Preset firstrun: which init a system has, and what becomes of the table of what it starts. The real script, on folders of this host.
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { job } from '../../../jobs/copy-in.ts';
import { AdapterError } from '../../../vmm-adapters/lib/adapter-error.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { formatted } from '../disks.ts';
import { guestWork, mistakeIn, worldAfter } from '../planning.ts';
import { temporaryFolder } from '../scripts.ts';

const world = worldAfter(...formatted);
const options = { preset: 'firstrun', to: 'main:2:/' };
const guest = join(import.meta.dirname, '../../../build-vm/guest');
const service = join(import.meta.dirname, '../../../build-vm/target/vmb-firstrun.service');

/** A system's files; a text that begins with "-> " is a link. */
type System = Readonly<Record<string, string>>;

async function install(system: System, more: object = {}): Promise<{ folder: string; said: string }> {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(system)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    if (text.startsWith('-> ')) await symlink(text.slice(3), join(folder, path));
    else await writeFile(join(folder, path), text);
  }
  const { script } = guestWork(job, { ...options, ...more }, world);
  const around = `. ${guest}/functions.sh
vmb_mount() { :; }
vmb_payload_in() { cp ${service} "$VMB_PATH/"; }
`;
  const text = around + script.replaceAll('/mnt ', `${folder} `).replaceAll('/tmp/inittab', `${folder}/inittab.new`);
  const env = { PATH: '/usr/bin:/bin', vmb_guest: guest };
  const said = await localCommands.run('sh', ['-eu', '-c', text], { env }).then(
    ({ stdout }) => stdout.trim(),
    (error: unknown) => {
      if (!(error instanceof AdapterError)) throw error;
      return error.message;
    },
  );
  return { folder, said };
}

test('busybox: before the first program that init keeps alive, once only', async () => {
  const inittab = '::sysinit:/bin/mount -a\n#ttyS1::respawn:x\nttyS0::respawn:/bin/sh\ntty1::askfirst:/bin/sh\n';
  const { folder, said } = await install({ 'bin/busybox': '', 'sbin/init': '-> /bin/busybox', 'etc/inittab': inittab });
  expect(said).toBe('init: busybox');
  const expected = inittab.replace('ttyS0', '::wait:/usr/lib/vmb/firstrun\nttyS0');
  expect(await readFile(join(folder, 'etc/inittab'), 'utf8')).toBe(expected);
});

test('busybox without a table keeps what it starts by itself', async () => {
  const { folder, said } = await install({ init: 'ELF BusyBox v1.35.0 (Debian)' });
  expect(said).toBe('init: busybox');
  expect(await readFile(join(folder, 'etc/inittab'), 'utf8')).toMatchInlineSnapshot(`
    "::sysinit:/etc/init.d/rcS
    ::wait:/usr/lib/vmb/firstrun
    ::askfirst:-/bin/sh
    ::ctrlaltdel:reboot
    ::shutdown:swapoff -a
    ::shutdown:umount -a -r
    ::restart:init
    "
  `);
});

test('System V', async () => {
  const inittab = 'id:2:initdefault:\nl2:2:wait:/etc/init.d/rc 2\n1:2345:respawn:/sbin/getty 38400 tty1\n';
  const { folder, said } = await install({ 'sbin/init': 'ELF', 'etc/inittab': inittab });
  expect(said).toBe('init: sysv');
  const expected = inittab.replace('1:2345', 'vmb1:2345:wait:/usr/lib/vmb/firstrun\n1:2345');
  expect(await readFile(join(folder, 'etc/inittab'), 'utf8')).toBe(expected);
});

test('systemd: a unit, whatever links the system has, and none of them leads out of it', async () => {
  const { folder, said } = await install({
    'usr/lib/systemd/systemd': 'ELF',
    lib: '-> usr/lib',
    'sbin/init': '-> /lib/systemd/systemd',
    'etc/systemd': '-> /../srv/units',
    'srv/units/.keep': '',
  });
  expect(said).toBe('init: systemd');
  const unit = await readFile(join(folder, 'srv/units/system/multi-user.target.wants/vmb-firstrun.service'), 'utf8');
  expect(unit).toBe(await readFile(service, 'utf8'));
});

test('systemd: links where the unit goes are replaced, or followed inside the system', async () => {
  const outside = await temporaryFolder();
  await writeFile(join(outside, 'victim'), 'as it was');
  const { folder, said } = await install({
    'lib/systemd/systemd': 'ELF',
    'sbin/init': '-> /lib/systemd/systemd',
    'etc/systemd/system/vmb-firstrun.service': `-> ${join(outside, 'victim')}`,
    'etc/systemd/system/multi-user.target.wants': `-> ${outside}`,
    [`${outside}/.keep`.slice(1)]: '',
  });
  expect(said).toBe('init: systemd');
  expect(await readFile(join(outside, 'victim'), 'utf8')).toBe('as it was');
  expect(await readdir(outside)).toEqual(['victim']);
  const unit = await readFile(join(folder, 'etc/systemd/system/vmb-firstrun.service'), 'utf8');
  expect(unit).toBe(await readFile(service, 'utf8'));
  expect(await readdir(join(folder, outside))).toEqual(['.keep', 'vmb-firstrun.service']);
});

test('systemd: a link that leads nowhere is named', async () => {
  const { said } = await install({
    'lib/systemd/systemd': 'ELF',
    'sbin/init': '-> /lib/systemd/systemd',
    'etc/systemd': '-> /srv/units',
  });
  expect(said.split('\n').at(-1)).toMatchInlineSnapshot(
    `"/etc/systemd is a link to /srv/units, which leads to no folder of the volume. Create that folder first, or remove the link."`,
  );
});

test('what is said goes before what is found; none only brings the files', async () => {
  const { folder, said } = await install({ 'bin/busybox': '', 'sbin/init': '-> /bin/busybox' }, { init: 'none' });
  expect(said).toBe('init: none');
  await expect(readFile(join(folder, 'etc/inittab'))).rejects.toThrow('ENOENT');
  await chmod(join(folder, 'usr/lib/vmb/vmb-firstrun.service'), 0o644);
});

test.each([
  ['an init that nobody knows', { 'sbin/init': '#!/bin/sh\n' }, {}],
  ['no table', { 'sbin/init': 'x' }, { init: 'sysv' }],
])('a sentence for %s', async (_, system, more) => {
  const { said } = await install(system, more);
  expect(said.split('\n').at(-1)).toMatchSnapshot();
});

test.each([
  [{ preset: 'lastrun', to: 'main:2:/' }],
  [{ ...options, from: 'files' }],
  [{ ...options, mode: '0755' }],
  [{ preset: 'firstrun', to: 'main:1:/' }],
  [{ content: 'x', to: 'main:2:/x', init: 'busybox' }],
])('refuses %j', (wrong) => {
  expect(mistakeIn(job, wrong, world)).toMatchSnapshot();
});
