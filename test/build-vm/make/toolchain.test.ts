// The compiler's packages: found, missing, or not to be had on this system; and a digest over what they installed.
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toolchainPackages } from '../../../build-vm/make/packages.ts';
import { installedToolchain, toolchainWithDigests } from '../../../build-vm/make/toolchain.ts';
import type { CommandRunner } from '../../../vmm-adapters/lib/command.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-toolchain-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** dpkg-query that answers with this text. */
const answering = (stdout: string): CommandRunner => ({
  run: async () => ({ exitCode: 0, stdout, stderr: '' }),
  start: () => expect.unreachable(),
});

const lines = (names: readonly string[]) => names.map((name) => `installed ${name} amd64 1.0`).join('\n');

test('installed versions, sorted by name', async () => {
  const tools = await installedToolchain(answering(lines(toolchainPackages.toReversed())));
  expect(tools.map((tool) => tool.name)).toEqual([...toolchainPackages].sort());
  expect(tools[0]).toEqual({ name: 'bc', architecture: 'amd64', version: '1.0' });
});

test('missing ones, and those that were removed without their settings, are listed with what to do', async () => {
  const others = toolchainPackages.filter((name) => name !== 'flex' && name !== 'zstd');
  await expect(installedToolchain(answering(`${lines(others)}\nconfig-files zstd amd64 1.0`))).rejects.toThrow(
    'These Debian packages are needed to compile the build-VM and are not installed: flex zstd. Run "make setup", or "apt-get install flex zstd" as root.',
  );
});

test('no Debian', async () => {
  const commands: CommandRunner = { ...answering(''), run: () => Promise.reject(new Error('no dpkg-query')) };
  await expect(installedToolchain(commands)).rejects.toThrow(
    'A build-VM is compiled with the packages of Debian 12, and this machine has no dpkg. Make one on a Debian 12 machine, "vmb build-vm save FILE" there, and "vmb build-vm load FILE" here.',
  );
});

test('the digest follows the content of regular files, not their times, documentation or links', async () => {
  const tool = { name: 'bc', architecture: 'amd64', version: '1.0' };
  const program = join(folder, 'program');
  const listed = [folder, program, join(folder, 'link'), '/usr/share/doc/bc/copyright', join(folder, 'gone')];
  const digest = async () => (await toolchainWithDigests([tool], answering(listed.join('\n'))))[0]?.sha256;
  await writeFile(program, 'one');
  const one = await digest();
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  await symlink(program, join(folder, 'link'));
  await writeFile(program, 'one');
  expect(await digest()).toBe(one);
  await writeFile(program, 'two');
  expect(await digest()).not.toBe(one);
});
