// Every exit code arrives, by a host that goes on after a failed step.
import type { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { type Frame, formatFrame } from '../../build-vm/border/frame.ts';
import { frameParser } from '../../build-vm/border/frame-parser.ts';
import { nonce, startAgent } from './agent.ts';

const key = 'a'.repeat(32);

/** Asks for all steps and returns the bodies of the `done` frames. */
async function driveAll(scripts: readonly string[]): Promise<string[]> {
  const agent = await startAgent({ steps: scripts.map((script) => ({ script })) });
  const { serial } = agent.machine;
  const bodies: string[] = [];
  const go = (step: number) => {
    const frame: Frame = { channel: 'h', sequence: step, key, type: 'go', body: `${step}` };
    serial.write(`${formatFrame(nonce, frame)}\n`);
  };
  await new Promise<void>((resolve) => {
    const parser = frameParser();
    serial.on('data', (bytes: Buffer) => {
      for (const line of parser.push(bytes)) {
        if (line.kind !== 'frame' || line.frame.channel !== 's' || line.frame.sequence !== bodies.length + 1) continue;
        bodies.push(line.frame.body);
        if (bodies.length > scripts.length) resolve();
        else go(bodies.length);
      }
    });
  });
  await agent.remove();
  return bodies.slice(1);
}

test('0 to 255', async () => {
  const codes = Array.from({ length: 256 }, (_, code) => code);
  const parts = [codes.slice(0, 128), codes.slice(128)];
  const bodies = await Promise.all(parts.map((part) => driveAll(part.map((code) => `exit ${code}`))));
  expect(bodies).toEqual(parts.map((part) => part.map((code, at) => `${at + 1} ${code} 0`)));
});
