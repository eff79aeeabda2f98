// What the last build handed out: found while it is what the record says, and a sentence for each way in which it is not.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { previousArtifacts } from '../../../runner/execution/previous-artifacts.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-previous-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function lookUp(name: string, record: string): unknown {
  writeFileSync(join(folder, 'record.json'), record);
  const found = previousArtifacts(join(folder, 'record.json'))(name);
  return found.kind === 'there' ? found.path.replace(folder, 'FOLDER') : found.because.replace(folder, 'FOLDER');
}

test('there, or why not', () => {
  const sha256 = createHash('sha256').update('hello').digest('hex');
  const artifact = (name: string) => ({ name, path: join(folder, name), kind: 'file', sizeBytes: 5, sha256 });
  const record = JSON.stringify({
    startedAt: '2026-01-02T03:04:05.678Z',
    artifacts: [artifact('a.img'), artifact('b.img'), artifact('c.img')],
  });
  writeFileSync(join(folder, 'a.img'), 'hello');
  writeFileSync(join(folder, 'b.img'), 'another');
  expect(['a.img', 'b.img', 'c.img', 'd.img'].map((name) => lookUp(name, record))).toEqual([
    'FOLDER/a.img',
    'FOLDER/b.img is no longer what the build of 2026-01-02 03:04 handed out',
    'what the build of 2026-01-02 03:04 handed out is gone from FOLDER/c.img',
    'the build of 2026-01-02 03:04 made no artifact of that name',
  ]);
  expect(lookUp('a.img', '{')).toBe('it was not built here before');
  expect(lookUp('a.img', '{}')).toBe('it was not built here before');
});
