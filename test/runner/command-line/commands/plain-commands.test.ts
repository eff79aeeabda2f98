// Help, versions, wrong words, and the commands that only print.
import { Ajv } from 'ajv';
import { parse } from 'smol-toml';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bench, makeBench } from '../run-vmb.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await makeBench();
});

afterEach(() => bench.remove());

test.each([
  [[]],
  [['--help']],
  [['help', 'jobs']],
  [['--version']],
  [['biuld']],
  [['build-vm']],
  [['build-vm', 'mak']],
  [['build', '--help']],
  [['boot', '--help']],
  [['conformance', '--help']],
  [['conformance', '--list']],
  [['import', '--help']],
  [['jobs', '--jsn']],
  [['jobs', 'format', 'run']],
  [['import', '--path']],
  [['boot']],
  [['jobs']],
  [['jobs', 'run']],
  [['jobs', 'fromat']],
])('vmb %j', async (argv) => {
  expect(await bench.vmb(...argv)).toMatchSnapshot();
});

test('the editor’s schema takes what the reader takes, and refuses what it refuses', async () => {
  const { stdout } = await bench.vmb('schema');
  expect(stdout).toMatchSnapshot();
  // date-time is a format, which ajv knows only with a plugin.
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(stdout));
  const top = 'name = "a"\nversion = "1"\narch = "x86_64"\nsummary = "s"\n';
  const accepts = (text: string) => validate(parse(top + text));
  expect(accepts('[[job]]\nuse = "format"\nvolume = "main:1"\n')).toBe(true);
  expect(
    accepts('[vars]\nfs = "ext4"\n[[job]]\nuse = "format"\nvolume = "main:1"\ntype = "${fs}"\nlabel = "${fs}!"\n'),
  ).toBe(true);
  expect(accepts('[[job]]\nuse = "format"\nid = "x"\nvolume = "main:1"\ntype = "ext5"\n')).toBe(false);
  expect(accepts('[[job]]\nuse = "format"\n')).toBe(false);
  expect(accepts('[[job]]\nuse = "fromat"\nvolume = "main:1"\n')).toBe(false);
  expect(accepts('[[job]]\nuse = "format"\nvloume = "main:1"\n')).toBe(false);
  expect(accepts('inherits = "x"\n[[job]]\nuse = "format"\nvolume = "main:1"\n')).toBe(false);
  expect(accepts('extends = "x"\n')).toBe(true);
  expect(accepts('extends = "x"\n[[job]]\nid = "a"\ndrop = true\n[[job]]\nid = "b"\nlabel = "x"\n')).toBe(true);
  expect(accepts('extends = "x"\n[[job]]\nuse = "format"\nvolume = "main:1"\nbefore = "a"\n')).toBe(true);
  expect(accepts('extends = "x"\n[[job]]\nlabel = "x"\n')).toBe(false);
  expect(accepts('')).toBe(false);
});
