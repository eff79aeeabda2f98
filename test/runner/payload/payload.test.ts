// What can be brought in as bytes: files, whose length the plan knows, and no folders.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSource } from '../../../jobs/lib/source.ts';
import type { SourceFacts } from '../../../runner/payload/locate.ts';
import { planPayload } from '../../../runner/payload/payload.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-payload-'));
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files', 'motd'), 'hello');
});
afterAll(() => rmSync(folder, { recursive: true }));

const planned = (path: string) => {
  const sources: SourceFacts = {
    folderOf: () => folder,
    vmbInputs: () => new Map(),
    artifacts: new Set(),
    fetched: new Map(),
    storePath: ({ hex }) => join(folder, hex),
  };
  const plan = { kind: 'raw', name: 'bytes', source: parseSource(path), at: ['from'] } as const;
  return planPayload(plan, { sources, vars: new Map(), epochSeconds: 0 });
};

test('the bytes of a file', () => {
  expect(planned('files/motd').input).toEqual({
    name: 'files/motd',
    digest: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    sizeBytes: 5,
  });
});

test('a folder has none', () => {
  expect(() => planned('files')).toThrow('"files" is a folder, but this must be a file; name a file in it');
});
