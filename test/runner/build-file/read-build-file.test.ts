// Build files as people write them, right and wrong, with the exact sentences that they get.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatMistakes } from '../../../runner/build-file/mistakes.ts';
import type { BuildFileRead } from '../../../runner/build-file/read-build-file.ts';
import { readBuildFile } from '../../../runner/build-file/read-variants.ts';
import { sampleJobs } from './sample-jobs.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-build-file-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function read(text: string | Uint8Array, vars: Record<string, string> = {}): Promise<BuildFileRead> {
  const path = join(folder, 'build.toml');
  await writeFile(path, text);
  return readBuildFile(path, { vars: new Map(Object.entries(vars)), environment: {}, jobs: sampleJobs });
}

async function complaints(text: string | Uint8Array): Promise<string> {
  const result = await read(text);
  return result.ok ? 'no mistakes' : formatMistakes(result.mistakes, folder);
}

const head = `name = "data-disk"
version = "1"
arch = "x86_64"
summary = "A disk"
`;
const oneJob = '[[job]]\nuse = "format"\nvolume = "main:1"\n';

test('a build file with everything in it', async () => {
  const result = await read(
    `${head}epoch = 2026-02-03T04:05:06+01:00
[machine]
memory = "1GiB"
cpus = 2
scratch = "64MiB"
[vars]
volume = "main:1"
price = "$\${5}"
[[job]]
use = "format"
id = "root"
volume = "\${volume}"
label = "\${price}"
[[job]]
use = "run"
command = ["echo", "$\${HOME} \${volume}"]
mount = { "/mnt" = "\${volume}" }
`,
    { price: '7' },
  );
  expect(result).toMatchObject({
    ok: true,
    buildFile: {
      path: join(folder, 'build.toml'),
      folder,
      name: 'data-disk',
      version: '1',
      arch: 'x86_64',
      summary: 'A disk',
      epoch: { seconds: 1770087906, origin: 'build file' },
      machine: { memoryBytes: 1024 ** 3, cpus: 2, scratchBytes: 64 * 1024 ** 2 },
      vars: new Map([
        ['volume', 'main:1'],
        ['price', '7'],
      ]),
    },
  });
  if (!result.ok) return;
  expect(
    result.buildFile.jobs.map(({ number, use, id, bound }) => ({ number, use, id, options: bound.options })),
  ).toEqual([
    { number: 1, use: 'format', id: 'root', options: { volume: 'main:1', type: 'ext4', label: '7' } },
    {
      number: 2,
      use: 'run',
      id: undefined,
      options: { command: ['echo', '${HOME} main:1'], mount: { '/mnt': 'main:1' } },
    },
  ]);
});

test('jobs know the places of their options', async () => {
  const result = await read(`${head}[[job]]
use = "run"
command = ["a",
  "b"]
mount = { "/mnt" = "main:1" }
`);
  if (!result.ok) throw new Error('refused');
  const position = result.buildFile.jobs[0]?.position ?? (() => undefined);
  const file = join(folder, 'build.toml');
  expect(position(['command', 1])).toEqual({ file, line: 8, column: 3 });
  expect(position(['mount', '/mnt'])).toEqual({ file, line: 9, column: 20 });
  expect(position(['mount', '/other'])).toEqual({ file, line: 9, column: 9 });
  expect(position(['timeout'])).toEqual({ file, line: 5, column: 1 });
  expect(position([])).toEqual({ file, line: 5, column: 1 });
});

test('every mistake at once, in the order of the file', async () => {
  expect(
    await complaints(`nmae = "x"
version = "../1"
arch = "x86-64"
summary = ""
epoch = "2026-01-01"
inherits = "other"

[machine]
memory = "512MB"
cpus = "2"

[vars]
"a b" = "x"
n = 1
nested = "\${n}"

[[job]]
use = "fromat"

[[job]]
use = "format"
id = "a"
vloume = "main:1"
type = "ext5"
label = "a label that is far too long"

[[job]]
use = "run"
id = "a"
command = []
mount = { mnt = "main:1", "/x" = 1 }
network = "loopbak"
retries = 4
privileged = "true"

[[job]]
use = "run"
command = "\${greting} \${HOME:-x}"
network = true
retries = "1"

[[job]]
id = "-"
`),
  ).toMatchInlineSnapshot(`
    "build.toml:1:1: there is no option "nmae" here (did you mean "name"?); use one of: name, version, arch, summary, extends, epoch, machine, vars, source, matrix, job
    build.toml:2:11: version: "../1" does not fit, because this is: Version of the build: letters, digits, "+", "_" and "-", with single dots in between; write it like "1"
    build.toml:3:8: arch: "x86-64" is not possible here (did you mean "x86_64"?); use one of: "x86_64", "i686"
    build.toml:4:11: summary: this text is empty; write more
    build.toml:5:9: epoch: "2026-01-01" is not a date and time with its distance from UTC; write it like 2026-01-01T00:00:00Z, without quotes
    build.toml:6:1: there is no option "inherits" here; use one of: name, version, arch, summary, extends, epoch, machine, vars, source, matrix, job
    build.toml:10:8: machine.cpus: "2" is a text, but it must be a whole number; take the quotes off: 2
    build.toml:13:1: vars: "a b" cannot be a key here, because keys fit ^[A-Za-z_][A-Za-z0-9_-]*$ (Texts that \${name} stands for in the jobs’ options; \`--var name=value\` replaces one. $\${ is \${ itself.); rename it
    build.toml:14:5: vars.n: 1 is a whole number, but it must be a text; put it in quotes: "1"
    build.toml:15:10: vars.nested: variables are not replaced in the values of variables; write the text itself here, or $\${ for a \${ that stays
    build.toml:18:7: job 1: use: there is no job "fromat" (did you mean "format"?); use one of: format, run
    build.toml:23:1: job 2 (format): there is no option "vloume" here (did you mean "volume"?); use one of: volume, type, label
    build.toml:24:8: job 2 (format): type: "ext5" is not possible here (did you mean "ext4"?); use one of: "ext4", "fat32"
    build.toml:25:9: job 2 (format): label: "a label that is far too long" is too long, because it may have at most 16 characters; shorten it
    build.toml:29:6: job 3 (run): id: job 2 has the id "a" already; choose another one
    build.toml:30:11: job 3 (run): command: [] is not possible here, because this is: Shell text, or a program and its arguments; write a text, or a list of texts
    build.toml:31:11: job 3 (run): mount: "mnt" cannot be a key here, because keys fit ^/ (Folders and the volumes mounted there); rename it
    build.toml:31:34: job 3 (run): mount."/x": 1 is a whole number, but it must be a text; put it in quotes: "1"
    build.toml:32:11: job 3 (run): network: "loopbak" is not possible here (did you mean "loopback"?); use one of: "none", "loopback"
    build.toml:33:11: job 3 (run): retries: 4 is too large, because it must be at most 3; write a smaller number
    build.toml:34:14: job 3 (run): privileged: "true" is a text, but it must be true or false; take the quotes off: true
    build.toml:38:11: job 4 (run): command: there is no variable "greting"; add it to [vars], or write $\${ for a \${ that stays
    build.toml:38:11: job 4 (run): command: "\${HOME:-x}" is not a variable, because names are made of letters, digits, "_" and "-"; correct the name, or write $\${ for a \${ that stays
    build.toml:39:11: job 4 (run): network: true is not possible here; use one of: "none", "loopback"
    build.toml:40:11: job 4 (run): retries: "1" is a text, but it must be a whole number; take the quotes off: 1
    build.toml:42:1: job 5: the option "use" is missing (Name of the job); add it, for example: use = "format"
    build.toml:43:6: job 5: id: "-" does not fit, because this is: Name of this entry, unique in the file: letters, digits, "+", "_" and "-", with single dots in between; correct it"
  `);
});

test.each([
  ['no job', head],
  ['job as a table', `${head}[job]\nuse = "run"\n`],
  ['job as a number', `${head}job = [1]\n`],
  ['a size without unit', `${head}machine = { memory = "512", scratch = "1.5GiB" }\n${oneJob}`],
  ['a size as number', `${head}machine = { memory = 512 }\n${oneJob}`],
  ['a size far too small', `${head}machine = { memory = "1KiB", scratch = "0MiB" }\n${oneJob}`],
  ['a size far too large', `${head}machine = { scratch = "9999999999999GiB" }\n${oneJob}`],
  ['a date without zone', `${head}epoch = 2026-01-01T00:00:00\n${oneJob}`],
  ['a date before FAT', `${head}epoch = 1979-12-31T23:59:59Z\n${oneJob}`],
  ['a date as an option', `${head}${oneJob}label = 2026-01-01\n`],
  ['a control character in the summary', `${head.replace('A disk', 'A\\u001bdisk')}${oneJob}`],
  ['a name that leads elsewhere', `${head.replace('data-disk', 'a/../b')}${oneJob}`],
  ['a name with two dots', `${head.replace('data-disk', 'a..b')}${oneJob}`],
  ['not TOML', `${head}[[job\n`],
  ['a key twice', `${head}name = "y"\n`],
  ['empty', ''],
  ['a prototype', `${head}__proto__ = { polluted = true }\n${oneJob}__proto__ = { polluted = true }\n`],
  ['a prototype as a table', `${head}[__proto__]\npolluted = true\n[job]\n__proto__.polluted = true\n`],
  ['a NUL', `${head}${oneJob}# \0\n`],
  ['an escape sequence as key', `${head}"\\u001b[31m\\u009b" = 1\n${oneJob}`],
  ['deep dots', `${head}${'a.'.repeat(100)}b = 1\n`],
  ['deep brackets', `${head}a = ${'['.repeat(5000)}\n`],
  ['too long', `${head}${oneJob}#${'x'.repeat(1024 * 1024)}\n`],
])('%s', async (name, text) => {
  expect(`${name}\n${await complaints(text)}`).toMatchSnapshot();
  expect({}).not.toHaveProperty('polluted');
});

test('variables that stand in each other’s place without end', async () => {
  const vars = `[vars]\na = "${'x'.repeat(5000)}"\n`;
  const longer = (count: number) => `${head}${vars}${oneJob}label = "${'${a}'.repeat(count)}"\n`;
  const told = 'the texts of this file have more than 4194304 characters once variables are replaced';
  expect(await complaints(longer(800))).not.toContain(told);
  expect(await complaints(longer(900))).toMatchInlineSnapshot(
    `"build.toml:5:1: vars: the texts of this file have more than 4194304 characters once variables are replaced; keep data in files of their own and copy them in"`,
  );
  expect(await complaints(longer(200_000))).toContain(told);
});

test('bytes that are no UTF-8 text', async () => {
  expect(await complaints(Buffer.from('name = "x"\nversion = "\xe9"\n', 'latin1'))).toMatchInlineSnapshot(
    `"build.toml:2:1: this line is not UTF-8 text; save the file in UTF-8"`,
  );
  expect(await complaints(Buffer.from('\ufeffname = "x"', 'utf16le'))).toMatchInlineSnapshot(
    `"build.toml:1:1: this line is not UTF-8 text; save the file in UTF-8"`,
  );
});

test('a byte-order mark and carriage returns are no mistakes', async () => {
  expect(await complaints(`\ufeff${head}${oneJob}`.replaceAll('\n', '\r\n'))).toBe('no mistakes');
  expect(await complaints(`\ufeff\ufeff${head}${oneJob}`)).toBe('no mistakes');
});

test('files that cannot be read', async () => {
  const options = { vars: new Map(), environment: {}, jobs: sampleJobs };
  const missing = await readBuildFile(join(folder, 'missing.toml'), options);
  expect(missing.ok ? '' : formatMistakes(missing.mistakes, folder)).toMatchInlineSnapshot(
    `"missing.toml:1:1: there is no such file; write it, or name another one"`,
  );
  const noFile = await readBuildFile(folder, options);
  expect(noFile.ok ? '' : formatMistakes(noFile.mistakes, '/')).toBe(
    `${folder.slice(1)}:1:1: this is not a file; name a build.toml, or the folder that holds it`,
  );
});

test('SOURCE_DATE_EPOCH counts when the file has no epoch', async () => {
  const path = join(folder, 'build.toml');
  await writeFile(path, head + oneJob);
  const epochWith = async (value: string | undefined) => {
    const environment = { SOURCE_DATE_EPOCH: value };
    const result = await readBuildFile(path, { vars: new Map(), environment, jobs: sampleJobs });
    return result.ok ? result.buildFile.epoch : formatMistakes(result.mistakes, folder);
  };
  expect(await epochWith(undefined)).toEqual({ seconds: 1767225600, origin: 'default' });
  expect(await epochWith('')).toEqual({ seconds: 1767225600, origin: 'default' });
  expect(await epochWith('1700000000')).toEqual({ seconds: 1700000000, origin: 'SOURCE_DATE_EPOCH' });
  expect(await epochWith('yesterday')).toMatchInlineSnapshot(
    `"build.toml:1:1: epoch: SOURCE_DATE_EPOCH in the environment is "yesterday", which is not a number of seconds since 1970; unset it, or give the build an epoch"`,
  );
  expect(await epochWith('1')).toMatchInlineSnapshot(
    `"build.toml:1:1: epoch: SOURCE_DATE_EPOCH 1 is out of range, because a build’s clock runs from 1980-01-01T00:00:00Z, where FAT begins, to 2106-02-07T06:28:15Z; choose a date in between"`,
  );
});

test('a variable of the command line that the file does not have', async () => {
  await expect(
    read(`${head}[vars]\ngreeting = "x"\n${oneJob}`, { greting: 'y' }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RunnerError: --var greting=…: the build file has no variable "greting" (did you mean "greeting"?); it has: greeting.]`,
  );
  await expect(read(head + oneJob, { greting: 'y' })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RunnerError: --var greting=…: the build file has no variable "greting"; it has none.]`,
  );
});

const tomlish = fc.array(
  fc.oneof(
    fc.constantFrom(
      ...'[]{}="\'.,\n#$ \t\r',
      '[[job]]\n',
      '"""',
      "'''",
      'use = "run"\n',
      'command = ',
      '${',
      '__proto__',
    ),
    fc.constantFrom(
      'name',
      'version',
      'arch',
      'vars',
      'machine',
      'job',
      ' = ',
      '"x"',
      '1',
      'true',
      '2026-01-01T00:00:00Z',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
);

test('no text makes reading throw, and every mistake stands in the file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(tomlish, fc.array(fc.string())), fc.boolean(), async (parts, afterHead) => {
      const text = (afterHead ? head : '') + parts.join('');
      const result = await read(text);
      if (result.ok) return;
      expect(result.mistakes.length).toBeGreaterThan(0);
      const lines = text.split('\n');
      for (const { position } of result.mistakes) {
        expect(position.line).toBeLessThanOrEqual(lines.length);
        expect(position.column).toBeLessThanOrEqual((lines[position.line - 1]?.length ?? 0) + 1);
      }
      expect(formatMistakes(result.mistakes, folder).split('\n').length).toBeLessThanOrEqual(101);
    }),
    { numRuns: 500 },
  );
});

test('no bytes make reading throw', async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array(), async (bytes) => void (await read(bytes))));
});
