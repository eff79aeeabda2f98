// `vmb config`: the merged file, as a build file that can be read again, and where its values stand.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readToml } from '../../../../runner/build-file/toml.ts';
import { type Bench, makeBench } from '../run-vmb.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await makeBench();
  await write('images/base', 'name = "base"', base);
  await write('images/child', 'name = "child"\nextends = "base"', child);
});

afterEach(() => bench.remove());

const base = `epoch = 2026-02-03T04:05:06+01:00
[vars]
"label" = "base"
other = "x"
[machine]
memory = "1GiB"
[[job]]
use = "run"
id = "script"
command = """
cat <<'END' > /tmp/a
"quoted" \\\\ and \\u001b
END"""
mount = { "/mnt" = "main:1", a-b = "main" }
[[job]]
use = "format"
id = "root"
volume = "main:1"
`;
const child = `[vars]
label = "it's \\u007f"
[[job]]
id = "root"
label = "\${label}"
`;

async function write(folder: string, top: string, text: string): Promise<void> {
  await mkdir(join(bench.folder, folder), { recursive: true });
  const head = `${top}\nversion = "1"\narch = "x86_64"\nsummary = "About"\n`;
  await writeFile(join(bench.folder, folder, 'build.toml'), head + text);
}

test('the merged file', async () => {
  const { stdout, stderr } = await bench.vmb('config', '--repo', 'images', '--name', 'child');
  expect(stderr).toBe('');
  expect(stdout).toMatchInlineSnapshot(`
    "name = "child"
    version = "1"
    arch = "x86_64"
    summary = "About"
    epoch = 2026-02-03T04:05:06+01:00

    [vars]
    label = "it's \\u007f"
    other = "x"

    [machine]
    memory = "1GiB"

    [[job]]
    use = "run"
    id = "script"
    command = """
    cat <<'END' > /tmp/a
    "quoted" \\\\ and \\u001b
    END"""
    mount = { "/mnt" = "main:1", a-b = "main" }

    [[job]]
    use = "format"
    id = "root"
    volume = "main:1"
    label = "\${label}"
    "
  `);
  await writeFile(join(bench.folder, 'images/child/build.toml'), stdout);
  expect((await bench.vmb('config', '--repo', 'images', '--name', 'child')).stdout).toBe(stdout);
});

test('where every value stands; still the same file', async () => {
  const { stdout } = await bench.vmb('config', '--repo', 'images', '--name', 'child', '--explain');
  expect(stdout).toMatchInlineSnapshot(`
    "name = "child"  # images/child/build.toml:1
    version = "1"  # images/child/build.toml:3
    arch = "x86_64"  # images/child/build.toml:4
    summary = "About"  # images/child/build.toml:5
    epoch = 2026-02-03T04:05:06+01:00  # images/base/build.toml:5

    [vars]
    label = "it's \\u007f"  # images/child/build.toml:7
    other = "x"  # images/base/build.toml:8

    [machine]
    memory = "1GiB"  # images/base/build.toml:10

    [[job]]
    use = "run"  # images/base/build.toml:12
    id = "script"  # images/base/build.toml:13
    command = """
    cat <<'END' > /tmp/a
    "quoted" \\\\ and \\u001b
    END"""  # images/base/build.toml:14
    mount = { "/mnt" = "main:1", a-b = "main" }  # images/base/build.toml:18

    [[job]]
    use = "format"  # images/base/build.toml:20
    id = "root"  # images/child/build.toml:9
    volume = "main:1"  # images/base/build.toml:22
    label = "\${label}"  # images/child/build.toml:10
    "
  `);
  const plain = await bench.vmb('config', '--repo', 'images', '--name', 'child');
  expect(readToml(stdout)).toEqual(readToml(plain.stdout));
});

test('what cannot be merged', async () => {
  await write('images/child', 'name = "child"\nextends = "bose"', child);
  expect(await bench.vmb('config', '--repo', 'images', '--name', 'child')).toMatchInlineSnapshot(`
    {
      "exitCode": 2,
      "stderr": "images/child/build.toml:2:11: extends: the repository "images" has no build "bose" (did you mean "base"?); use one of: base, child
    ",
      "stdout": "",
    }
  `);
});
