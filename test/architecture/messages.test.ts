// Every text that a user can meet, made from the code into one file: a change of wording is a visible difference.
// After a change on purpose: npx vitest run --project unit -u test/architecture/messages.test.ts
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSources, root, sourcePaths } from './source-files.ts';
import { textsIn } from './texts.ts';

/** Two words with a blank in between; shell code is no text, what it says to users is. */
function isForPeople(text: string): boolean {
  return /[\p{L}…"'’)`.,:;]\s[\p{L}…"'(`]/u.test(text) && /\p{L}{2}/u.test(text);
}

function shellMessages(script: string): string[] {
  const lines = script.split(/\n|\\n/).map((line) => line.trim());
  return lines.filter(
    (line) => !line.startsWith('#') && /\b(vmb_fail|fail|say|die|printf|echo)\b.*["'].*\w \w/.test(line),
  );
}

function messagesOf(source: string): string[] {
  return textsIn(source).flatMap(({ text, tag }) => {
    if (tag === 'sh') return shellMessages(text);
    return isForPeople(text) ? [text.replaceAll('\n', '\\n').trim()] : [];
  });
}

test('every message stands in messages.txt', async () => {
  const sections = new Map<string, string[]>();
  for (const { path, text } of await readSources()) sections.set(path, messagesOf(text));
  for (const path of await sourcePaths('')) {
    if (!path.startsWith('build-vm/guest/')) continue;
    sections.set(path, shellMessages(await readFile(join(root, path), 'utf8')));
  }
  const text = [...sections]
    .filter(([, messages]) => messages.length > 0)
    .map(([path, messages]) => [`## ${path}`, ...new Set(messages), ''].join('\n'))
    .join('\n');
  await expect(
    `# Every text that a user can meet, made from the code by messages.test.ts\n\n${text}`,
  ).toMatchFileSnapshot('messages.txt');
});

test.each([
  ["const a = 'it is wrong';", ['it is wrong']],
  [
    '`the file ${quoted(path)} is ${a ? `too ${long} for it` : "not there"}.`',
    ['the file … is ….', 'too … for it', 'not there'],
  ],
  ['// it is wrong\n/* it is wrong */ a / b / c; x = "one two"', ['one two']],
  ["if (/it's wrong[/'] /.test(a)) b = 'the end of it';", ['the end of it']],
  ["import { a } from './a-file.ts'; b = 'one';", []],
  ['sh`set -eu\nvmb_fail "there is no room"\nmke2fs -t ext4 -q`', ['vmb_fail "there is no room"']],
  ["a = 'don\\'t do it'; b = `a \\`quoted\\` word`;", ["don't do it", 'a `quoted` word']],
])('texts of %j', (source, messages) => {
  expect(messagesOf(source)).toEqual(messages);
});
