// Every exit code arrives.
import { expect, test } from 'vitest';
import { nonce, startAgent } from './agent.ts';
import { driveAll } from './drive.ts';

async function outcomesOf(scripts: readonly string[]) {
  const agent = await startAgent({ steps: scripts.map((script) => ({ script })) });
  const driven = await driveAll(agent.machine, nonce, scripts.length);
  await agent.remove();
  return driven.map(({ outcome }) => outcome);
}

test('0 to 255', async () => {
  const codes = Array.from({ length: 256 }, (_, code) => code);
  const halves = [codes.slice(0, 128), codes.slice(128)];
  const outcomes = await Promise.all(halves.map((half) => outcomesOf(half.map((code) => `exit ${code}`))));
  expect(outcomes.flat()).toEqual(codes.map((code) => ({ kind: 'exit', code })));
});
