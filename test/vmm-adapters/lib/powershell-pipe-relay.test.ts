// The relay of a pipe: short, the pipe's name a literal, and the very script that the stand-in knows.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { relayScript } from '../../../vmm-adapters/lib/powershell-pipe-relay.ts';
import { relayDigest } from '../hyper-v-stand-in/relay.mjs';

test('under 30 lines, and the one that the stand-in carries out', () => {
  const [first, ...rest] = relayScript('vmb-a', 60_000).split('\n');
  expect(first).toBe("$pipe = New-Object IO.Pipes.NamedPipeClientStream('.', 'vmb-a', 'InOut', 'Asynchronous')");
  expect(rest.length + 1).toBeLessThan(30);
  expect(createHash('sha256').update(rest.join('\n')).digest('hex')).toBe(relayDigest);
});

test('a name with a quote stays a name', () => {
  expect(relayScript("it's", 1)).toContain("NamedPipeClientStream('.', 'it''s', ");
});
