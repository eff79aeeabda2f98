// Which addresses of other machines are read, and what is said of the others.
import { expect, test } from 'vitest';
import { parseHostAddress } from '../../../vmm-adapters/lib/ssh-address.ts';

test.each([
  ['ssh://joe@build1', { user: 'joe', host: 'build1', port: undefined }],
  ['ssh://build1.example/', { user: undefined, host: 'build1.example', port: undefined }],
  ['ssh://joe@10.0.0.7:2222', { user: 'joe', host: '10.0.0.7', port: 2222 }],
  ['ssh://joe@[fe80::1%eth0]:22', { user: 'joe', host: 'fe80::1%eth0', port: 22 }],
  ['ssh://CORP\\joe@windows', { user: 'CORP\\joe', host: 'windows', port: undefined }],
])('%s', (text, expected) => {
  expect(parseHostAddress(text)).toEqual({ ok: true, address: { text, ...expected } });
});

const form = 'this is no address of a machine; write it like ssh://joe@build1 or ssh://joe@build1:2222';

test.each([
  ['build1', form],
  ['joe@build1', form],
  ['http://build1', form],
  ['ssh://', form],
  ['ssh://joe@', form],
  ['ssh://a b', form],
  ['ssh://build1/folder', form],
  [
    'ssh://joe:secret@build1',
    'a password has no place on a command line, where everybody can read it; use an ssh agent or a key',
  ],
  ['ssh://-oProxyCommand=x@build1', 'this is no name of a user'],
  ['ssh://@build1', 'this is no name of a user'],
  ['ssh://-oProxyCommand=x', 'this is no name of a machine'],
  ['ssh://$(reboot)', 'this is no name of a machine'],
  ['ssh://[build1]', 'this is no name of a machine'],
  ['ssh://build1:0', 'a port is a number from 1 to 65535'],
  ['ssh://build1:65536', 'a port is a number from 1 to 65535'],
  ['ssh://build1:x', 'a port is a number from 1 to 65535'],
])('%s is refused', (text, because) => {
  expect(parseHostAddress(text)).toEqual({ ok: false, because });
});
