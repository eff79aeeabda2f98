// diff: what it compares with what, and what it hands out.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { job } from '../../jobs/diff.ts';
import type { Listed } from '../../jobs/lib/listed.ts';
import { formatted } from './disks.ts';
import { mistakeIn, workOf, worldAfter } from './planning.ts';
import { temporaryFolder } from './scripts.ts';

const world = worldAfter(...formatted);

function hostWork(options: Readonly<Record<string, unknown>>) {
  const work = workOf(job, options, world);
  if (work.kind !== 'host') throw new Error('diff is a host action');
  return work;
}

test('images are looked into by the guest, everything else is compared as it lies there', () => {
  const { effects } = hostWork({ of: 'artifact:a.img', against: 'image-65536', as: 'changes' });
  expect(effects).toMatchInlineSnapshot(`
    {
      "artifacts": [
        {
          "at": [
            "as",
          ],
          "from": {
            "kind": "host",
          },
          "name": "changes",
        },
        {
          "at": [
            "as",
          ],
          "from": {
            "kind": "host",
          },
          "name": "changes.json",
        },
      ],
      "inputs": Map {
        "one" => {
          "at": [
            "of",
          ],
          "kind": "image",
          "sizeBytes": 1048576,
          "source": {
            "kind": "artifact",
            "name": "a.img",
          },
        },
        "other" => {
          "at": [
            "against",
          ],
          "kind": "image",
          "sizeBytes": 65536,
          "source": {
            "kind": "file",
            "path": "image-65536",
          },
        },
      },
      "looksBack": false,
      "title": "compare artifact:a.img with image-65536",
    }
  `);
  const inputs = (options: object) => [...hostWork({ as: 'x', ...options }).effects.inputs.values()];
  expect(inputs({ of: 'artifact:a.tar', against: 'image-65536' }).map(({ kind }) => kind)).toEqual([
    'source',
    'source',
  ]);
  expect(inputs({ of: 'artifact:a.img' }).map((input) => 'source' in input && input.source)).toEqual([
    { kind: 'artifact', name: 'a.img' },
    { kind: 'previous', name: 'a.img' },
  ]);
});

test('mistakes', () => {
  expect([
    mistakeIn(job, { of: 'files', as: 'x' }, world),
    mistakeIn(job, { of: 'vmb:busybox', as: 'x' }, world),
    mistakeIn(job, { of: 'artifact:a.img', as: 'x', expect: 'same' }, world),
  ]).toMatchInlineSnapshot(`
    [
      "of: "files" is no artifact, so that no earlier build handed it out; name an artifact, or write \`against\`",
      "of: "vmb:busybox" comes with vmb and is no result of a build; name an artifact",
      "expect: "same" is not possible here; use "equal"",
    ]
  `);
});

const listed = (motd: string): Listed => ({
  kind: 'image',
  table: [],
  volumes: new Map([[0, { facts: [], entries: new Map([['motd', { type: 'link', target: motd }]]) }]]),
});

/** What it hands out, and the facts that it tells. */
async function applied(options: Readonly<Record<string, unknown>>, one: string, other: string) {
  const folder = await temporaryFolder();
  const facts: Record<string, string> = {};
  await hostWork(options).apply({
    input: (name) => join(folder, name),
    output: (name) => join(folder, name),
    digest: () => Promise.reject(new Error('it hashes nothing')),
    listed: async (name) => listed(name === 'one' ? one : other),
    fact: (name, value) => {
      facts[name] = value;
    },
    signal: new AbortController().signal,
  });
  const text = await readFile(join(folder, 'changes'), 'utf8');
  return { facts, text, json: JSON.parse(await readFile(join(folder, 'changes.json'), 'utf8')) };
}

const options = { of: 'artifact:a.img', against: 'artifact:b.img', as: 'changes' };

test('the difference as a fact, as text and as JSON', async () => {
  expect(await applied(options, 'a', 'b')).toMatchInlineSnapshot(`
    {
      "facts": {
        "diff": "1 differences",
      },
      "json": {
        "compared": true,
        "differences": [
          {
            "one": "a",
            "other": "b",
            "path": "/motd",
            "volume": 0,
            "what": "target",
          },
        ],
        "one": "artifact:a.img",
        "other": "artifact:b.img",
        "schema": 1,
      },
      "text": "first: artifact:a.img
    second: artifact:b.img
    /motd: target: a, and b
    ",
    }
  `);
  expect(await applied(options, 'a', 'a')).toMatchObject({
    facts: { diff: 'equal' },
    text: 'first: artifact:a.img\nsecond: artifact:b.img\nequal\n',
  });
});

test('without an earlier build there is nothing to compare with, which is no failure', async () => {
  const first = { of: 'artifact:first.img', as: 'changes', expect: 'equal' };
  expect(hostWork(first).effects.notes).toEqual(['nothing to compare with, because it was not built here before']);
  expect(await applied(first, 'a', 'b')).toMatchInlineSnapshot(`
    {
      "facts": {
        "diff": "nothing to compare with, because it was not built here before",
      },
      "json": {
        "because": "it was not built here before",
        "compared": false,
        "differences": [],
        "one": "artifact:first.img",
        "other": "first.img of the previous build",
        "schema": 1,
      },
      "text": "first: artifact:first.img
    second: first.img of the previous build
    nothing to compare with, because it was not built here before
    ",
    }
  `);
});

test('where it is asked for, a difference is a failure', async () => {
  await expect(applied({ ...options, expect: 'equal' }, 'a', 'b')).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: artifact:a.img and artifact:b.img differ in 1 thing, but the build file expects them equal. The first: /motd: target: a, and b. Correct what comes before this step, or leave \`expect\` out]`,
  );
});
