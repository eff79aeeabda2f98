// Whatever a value holds, a real shell reads it as one word; and values where quoting would not help are refused.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lines, raw, type Script, sh, withTools } from '../../../jobs/lib/shell.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';

async function wordsOf(script: Script): Promise<string[]> {
  const { stdout } = await localCommands.run('sh', ['-eu', '-c', script.text]);
  return stdout.split('\0').slice(0, -1);
}

// Words as they come out of TOML: any Unicode text but NUL.
const word = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom("'", '"', '\\', '\n', '$', '`', ' ', '-', '*', '#', '~', 'é', '😀', '\r', '\t', '!'),
    }),
  )
  .filter((text) => !text.includes('\0'));

test('any text is one word for the real sh', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 4 }), async (words) => {
      expect(await wordsOf(sh`printf '%s\0' ${words}`)).toEqual(words);
    }),
    { numRuns: 60 },
  );
});

test('a text, a number, a list, a Script and a list of Scripts', () => {
  const one = sh`mkdir -p ${"it's"}`;
  expect(sh`${one} && sfdisk ${['-N', 2]} ${4096} ${[raw('a'), raw('b')]}`.text).toMatchInlineSnapshot(`
    "mkdir -p 'it'\\''s' && sfdisk '-N' 2 4096 a
    b"
  `);
});

test('a script needs the tools when any part of it does', () => {
  const tool = withTools(sh`mkntfs`);
  const scripts = [
    sh`x`,
    raw('x'),
    sh`if ${tool}; then x; fi`,
    sh`${[sh`x`, tool]}`,
    lines(sh`x`, sh`${tool}`),
    lines(),
  ];
  expect(scripts.map(({ tools }) => tools)).toEqual([false, false, true, true, true, false]);
});

test('takes off the common indentation of literal parts, and leaves values alone', () => {
  const script = sh`
    if true; then
      echo ${'a\n    b'}
    fi

    ${raw('done')}
  `;
  expect(script.text).toBe("if true; then\n  echo 'a\n    b'\nfi\n\ndone");
});

test('backslashes are the shell’s, and \\${ is its ${', () => {
  expect(sh`printf '%s\n' "\${x#a}" \`id\``.text).toBe('printf \'%s\\n\' "${x#a}" `id`');
});

test('lines leaves out what is empty', () => {
  expect(lines(raw('a'), undefined, raw(''), raw('b')).text).toBe('a\nb');
});

test.each<[string, () => Script]>([
  ['double quotes', () => sh`echo "${'a'}"`],
  ['single quotes', () => sh`awk '${'a'}'`],
  ['a comment', () => sh`true # ${'a'}`],
  ['quotes, be it a Script', () => sh`echo "${raw('a')}"`],
])('refuses a value inside %s', (_, make) => {
  expect(make).toThrow(/^Internal error: a value inside quotes or a comment: /);
});

test('knows where quotes end', () => {
  expect(
    sh`echo "it's" 'a "b' \" \' x#y # don't
    ${'a'}`.text,
  ).toContain("'a'");
});

test.each<[string, () => Script, string]>([
  ['NUL', () => sh`echo ${'a\0'}`, 'Internal error: a NUL in a shell word'],
  ['a fraction', () => sh`echo ${1.5}`, 'Internal error: 1.5 is no whole number'],
  ['a here-document', () => sh`cat <<E`, 'Internal error: no here-documents in sh``'],
])('refuses %s', (_, make, message) => {
  expect(make).toThrow(new Error(message));
});
