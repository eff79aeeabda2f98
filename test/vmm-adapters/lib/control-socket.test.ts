// Socket paths that fit, and sockets that leave nothing behind.
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { controlSocketPath, listenForControl } from '../../../vmm-adapters/lib/control-socket.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-socket-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('in the work folder when the path fits, else in a short folder, always the same', () => {
  expect(controlSocketPath('/work', 'session-1', '/run')).toBe('/work/control-session-1.sock');
  const deep = `/${'deep/'.repeat(20)}work`;
  expect(controlSocketPath(deep, 'session-1', '/run')).toMatchInlineSnapshot(`"/run/vmb-1da568b99a48d375/84097828"`);
  expect(controlSocketPath(deep, 'session-2', '/run')).not.toBe(controlSocketPath(deep, 'session-1', '/run'));
});

test('when both are too long, the message says what to set', () => {
  const deep = `/${'deep/'.repeat(20)}`;
  expect(() => controlSocketPath(`${deep}work`, 'm', `${deep}run`)).toThrow(
    /\/deep\/run\/vmb-[0-9a-f]{16}\/[0-9a-f]{8}: this path is too long for a socket, which takes 103 bytes\. Set XDG_RUNTIME_DIR or TMPDIR to a shorter folder\.$/,
  );
});

test('characters count as the bytes that they are', () => {
  const wide = `/${'ü'.repeat(40)}`;
  expect(controlSocketPath(wide, 'session-1', '/run')).toMatch(/^\/run\//);
});

test('the first connection comes in; closing removes the socket and the folder made for it', async () => {
  const short = join(folder, 'run');
  const path = controlSocketPath(join(folder, 'deep'.repeat(20)), 'm', short);
  const listener = await listenForControl(path, folder);
  const client = connect(path);
  const socket = await listener.connection;
  socket.end('hello');
  client.resume();
  await listener.close();
  await listener.close();
  expect(await readdir(short)).toEqual([]);
});

test('a socket that a killed vmb left is replaced', async () => {
  const path = join(folder, 'control.sock');
  await listenForControl(path, folder);
  const second = await listenForControl(path, folder);
  connect(path).resume();
  (await second.connection).destroy();
  await second.close();
  expect(await readdir(folder)).toEqual([]);
});

test('a short folder that others can enter is refused', async () => {
  const short = join(folder, 'short');
  await mkdir(short);
  await chmod(short, 0o755);
  await expect(listenForControl(join(short, 'm'), folder)).rejects.toThrow(
    `${short}: this must be a folder that only you can use. Remove it.`,
  );
});
