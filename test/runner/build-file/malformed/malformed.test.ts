// Two hundred malformed build files: each is refused, with a place and a remedy for every mistake, as the golden file says.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { disk, malformedJobs } from './jobs.ts';
import { makeReader, type Reader } from './mistakes-in.ts';
import { head, malformedTops } from './tops.ts';
import { malformedXml } from './xml.ts';

let reader: Reader;
beforeAll(async () => {
  reader = await makeReader();
});
afterAll(() => reader.remove());

const files: readonly (readonly [name: string, fileName: string, text: string])[] = [
  ...malformedTops.map(([name, text]) => [name, 'build.toml', text] as const),
  ...malformedJobs.map(([name, text]) => [name, 'build.toml', head + disk + text] as const),
  ...malformedXml.map(([name, text]) => [name, 'build.xml', text] as const),
];

const line = /^build\.(toml|xml):[1-9]\d*:[1-9]\d*: .+; .+$/;

test('there are at least two hundred', () => {
  expect(files.length).toBeGreaterThanOrEqual(200);
  expect(new Set(files.map(([name, fileName]) => `${fileName} ${name}`)).size).toBe(files.length);
});

test('each is refused with its places and remedies', async () => {
  const told: string[] = [];
  for (const [name, fileName, text] of files) {
    const { ok, text: mistakes } = await reader.read(fileName, text);
    expect([name, ok]).toEqual([name, false]);
    for (const one of mistakes.split('\n')) {
      expect(one).toMatch(line);
      expect(one).not.toMatch(/Internal error|\bundefined\b(?! entity)|\[object|\bat .*\.ts:/);
    }
    told.push(`${fileName}: ${name}\n${mistakes.replaceAll(/^/gm, '  ')}\n`);
  }
  await expect(told.join('\n')).toMatchFileSnapshot('malformed.txt');
});

test('what the tables are made of is right', async () => {
  expect(await reader.read('build.toml', head + disk)).toEqual({ ok: true, text: '' });
});
