// Host keys against known_hosts: files as OpenSSH's own tools write them, and lines that they describe.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import {
  fingerprintOf,
  judgeHostKey,
  keyTypeOf,
  knownHostName,
  knownKeyTypes,
} from '../../../vmm-adapters/lib/ssh-known-hosts.ts';
import { makeKey } from './private-sshd.ts';

const key = (type: string, content: string) =>
  Buffer.concat([Buffer.from([0, 0, 0, type.length]), Buffer.from(type), Buffer.from(content)]);
const own = key('ssh-ed25519', 'the right one');
const other = key('ssh-ed25519', 'another');
const rsa = key('ssh-rsa', 'also right');
const line = (hosts: string, bytes: Buffer) => `${hosts} ${keyTypeOf(bytes)} ${bytes.toString('base64')} comment`;

function judge(text: string, name = 'build1', bytes = own) {
  return judgeHostKey([{ path: '/known', text }], name, bytes);
}

test.each([
  ['its name', line('build1', own)],
  ['one of several', line('other,build1,10.0.0.7', own)],
  ['a pattern', line('build?', own)],
  ['a pattern over everything', line('*', own)],
  ['a pattern with stars', line('b*l*1', own)],
  ['capitals', line('BUILD1', own)],
  ['comments, empty lines, blanks, CRLF', `# hello\n\n  ${line('build1', own)}\r\n`],
  ['several keys', [line('build1', rsa), line('build1', own)].join('\n')],
])('known by %s', (_, text) => {
  expect(judge(text)).toEqual({ kind: 'known' });
});

test.each([
  ['nothing at all', ''],
  ['another name', line('build2', own)],
  ['a longer name', line('build11', own)],
  ['a shorter pattern', line('build', own)],
  ['a name that is denied', line('build*,!build1', own)],
  ['an authority, which vouches for certificates', `@cert-authority ${line('build1', own)}`],
  ['half a line', 'build1 ssh-ed25519'],
  ['another port', line('[build1]:2222', own)],
])('unknown by %s', (_, text) => {
  expect(judge(text)).toEqual({ kind: 'unknown' });
});

test('another key than the known one is told with its place', () => {
  expect(judge(`#\n${line('build1', other)}\n`)).toEqual({ kind: 'changed', where: '/known:2' });
});

test('a revoked key is refused, wherever else it stands', () => {
  const text = [line('build1', own), `@revoked ${line('*', own)}`].join('\n');
  expect(judge(text)).toEqual({ kind: 'revoked', where: '/known:2' });
  expect(judge(`@revoked ${line('build1', other)}`)).toEqual({ kind: 'unknown' });
});

test('another port is another name', () => {
  expect(knownHostName('Build1', 22)).toBe('build1');
  expect(knownHostName('build1', 2222)).toBe('[build1]:2222');
  expect(judge(line('[build1]:2222', own), '[build1]:2222')).toEqual({ kind: 'known' });
  expect(judge(line('build1', own), '[build1]:2222')).toEqual({ kind: 'unknown' });
});

test('types of the known keys, for the server to show one of them', () => {
  const text = [line('build1', rsa), line('build1', own), `@revoked ${line('build1', other)}`].join('\n');
  expect(knownKeyTypes([{ path: '/known', text }], 'build1')).toEqual(['ssh-rsa', 'ssh-ed25519']);
});

test('files and fingerprints of ssh-keygen', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmb-known-'));
  try {
    await makeKey(join(folder, 'key'));
    const [, base64 = ''] = (await readFile(join(folder, 'key.pub'), 'utf8')).split(' ');
    const real = Buffer.from(base64, 'base64');
    await writeFile(join(folder, 'known'), `[build1]:2222 ssh-ed25519 ${base64}\nbuild2 ssh-ed25519 ${base64}\n`);
    await localCommands.run('ssh-keygen', ['-q', '-H', '-f', join(folder, 'known')]);
    const text = await readFile(join(folder, 'known'), 'utf8');
    expect(text).toMatch(/^\|1\|/);
    expect(judge(text, '[build1]:2222', real)).toEqual({ kind: 'known' });
    expect(judge(text, 'build2', real)).toEqual({ kind: 'known' });
    expect(judge(text, 'build3', real)).toEqual({ kind: 'unknown' });
    expect(judge(text, 'build2', own)).toEqual({ kind: 'changed', where: '/known:2' });
    const { stdout } = await localCommands.run('ssh-keygen', ['-l', '-f', join(folder, 'key.pub')]);
    expect(stdout.split(' ')[1]).toBe(fingerprintOf(real));
  } finally {
    await rm(folder, { recursive: true });
  }
});
