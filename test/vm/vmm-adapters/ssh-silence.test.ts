// A network that swallows everything, without a word: both ends find out by themselves. And other commands than build, on another machine.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openSshHost } from '../../../vmm-adapters/lib/ssh-host.ts';
import { readSshSettings } from '../../../vmm-adapters/lib/ssh-settings.ts';
import { type PrivateSshd, startSshd } from '../../vmm-adapters/lib/private-sshd.ts';
import { makeVmb } from '../vmb.ts';
import { biosDisk } from './tiny-guests.ts';

let sshd: PrivateSshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

/** Forwards a port until it is told to swallow everything; connections stay open. */
async function startProxy(to: number): Promise<{ readonly port: number; swallow(): void; stop(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.push(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    port: address.port,
    swallow() {
      for (const socket of sockets) socket.unpipe().on('data', () => undefined);
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function runs(pid: number): boolean {
  return existsSync(`/proc/${pid}/status`) && !/State:\s+Z/.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

test('a network that swallows everything', async () => {
  const proxy = await startProxy(sshd.port);
  const folder = await mkdtemp(join(tmpdir(), 'vmb-silence-'));
  try {
    const settings = await readSshSettings(sshd.address, { home: sshd.clientHome, agent: '' });
    const through = { ...settings, port: proxy.port };
    const never = new AbortController().signal;
    const here = { workFolder: folder, onTransfer: undefined };
    const host = await openSshHost(sshd.address, here, never, through);
    const { workFolder } = host;
    const program = await host.startRecorded('m', ['sh', '-c', 'sleep 600; :', `${workFolder}/disk.raw`], '', never);
    proxy.swallow();
    const { lost } = await program.exited;
    expect(lost).toBe(
      `The connection to ${sshd.user}@127.0.0.1:${proxy.port} was lost: it did not answer for 20 s. What vmb started there ends by itself; build again when the machine can be reached.`,
    );
    // The near side of the proxy is closed now; the far side does not hear of it.
    await vi.waitFor(
      () => {
        expect(runs(program.pid)).toBe(false);
        expect(existsSync(workFolder)).toBe(false);
      },
      { timeout: 120_000, interval: 200 },
    );
    await host.close(false);
  } finally {
    proxy.stop();
    await rm(folder, { recursive: true });
  }
});

test('vmb boot, there and where nobody is', async () => {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const vmb = makeVmb({ HOME: sshd.clientHome, XDG_CACHE_HOME: cache, SSH_AUTH_SOCK: '' });
  try {
    const path = join(vmb.folder, 'tiny.img');
    writeFileSync(path, biosDisk('over the wire', 'power-off'));
    const there = ['--vmm', 'qemu', '--vmm-option', 'accel=tcg', '--host', sshd.address.text];
    const booted = await vmb.run('boot', path, '--firmware', 'bios', '--expect', 'over the wire', ...there);
    expect(booted.exitCode, booted.stderr).toBe(0);
    const wrong = await vmb.run('boot', path, '--host', 'ssh://nobody-of-this-name@127.0.0.1:1', '--vmm', 'qemu');
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      69,
      expect.stringContaining(
        'nobody-of-this-name@127.0.0.1:1: nothing answers at 127.0.0.1, port 1; start sshd there',
      ),
    ]);
  } finally {
    vmb.remove();
  }
});
