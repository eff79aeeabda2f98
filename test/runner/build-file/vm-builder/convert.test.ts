// build.xml as build.toml: the text that `vmb convert` prints, the same table from both, places, and sizes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearestNode } from '../../../../runner/build-file/places.ts';
import { readToml } from '../../../../runner/build-file/toml.ts';
import { printToml } from '../../../../runner/build-file/vm-builder/print-toml.ts';
import { readVmBuilder } from '../../../../runner/build-file/vm-builder/read-vm-builder.ts';
import { sample } from './sample.ts';

function readable(xml: string) {
  const read = readVmBuilder(xml);
  if (!read.ok) throw new Error(read.problems.map(({ what }) => what).join('\n'));
  return read;
}

test('every job', () => {
  expect(printToml(readable(sample).converted)).toMatchInlineSnapshot(`
    "# Made from a build.xml of vm-builder by \`vmb convert\`.
    # build-vm was alpine 3.20 x86_64: vmb brings a build-VM of its own.
    name = "linux-busybox"
    version = "2024-07-30"
    arch = "x86_64"
    summary = "linux-busybox, from a build.xml of vm-builder"

    [[job]]
    use = "create-disk"
    disk = "main"
    size = "128MiB"

    [[job]]
    use = "label"
    disk = "main"
    type = "msdos"

    [[job]]
    use = "partition"
    disk = "main"
    kind = "primary"
    start = "1MiB"
    size = "64MiB"

    # start was "0": it begins as early as possible, at a whole MiB
    [[job]]
    use = "partition"
    disk = "main"
    kind = "extended"
    size = "rest"

    [[job]]
    use = "partition"
    disk = "main"
    kind = "logical"
    size = "rest"

    [[job]]
    use = "format"
    volume = "main:1"
    type = "ext4"
    label = "root"

    # type was "vfat"
    [[job]]
    use = "format"
    volume = "main:5"
    type = "fat32"

    [[job]]
    use = "copy-in"
    from = "files/motd"
    to = "main:1:/etc/motd"
    mode = "0600"

    [[job]]
    use = "run"
    command = "echo \\"$HOME $\${x}\\" > /mnt/etc/x"
    mount = { "/mnt" = "main:1" }

    [[job]]
    use = "run"
    command = "true && true"

    [[job]]
    use = "hash"
    of = "main:1:/etc/motd"
    algorithm = "sha256"

    [[job]]
    use = "remove"
    what = "main:1:/etc/x"

    # destination was "out/root.tar": artifacts lie side by side in the output folder
    [[job]]
    use = "tar-out"
    from = "main:1:/"
    as = "root.tar"

    [[job]]
    use = "tar-in"
    from = "files/a.tar"
    to = "main:1:/srv"

    [[job]]
    use = "copy-out"
    from = "main:1:/etc"
    as = "etc"

    [[job]]
    use = "dd"
    from = "files/motd"
    to = "main"
    length = 5

    # path was "images/busybox.img": artifacts lie side by side in the output folder
    [[job]]
    use = "export"
    disk = "main"
    as = "busybox.img"

    [[job]]
    use = "diff"
    of = "artifact:busybox.img"
    as = "busybox.img.diff"
    "
  `);
});

test('what is printed is the table that the XML gives', () => {
  const { table, converted } = readable(sample);
  const toml = readToml(printToml(converted));
  if (!toml.ok) throw new Error(toml.what);
  expect(JSON.parse(JSON.stringify(toml.table))).toEqual(table);
});

test('whatever stands in attributes', () => {
  const escaped = (text: string) =>
    text.replace(/[&<"\n\t\r]/g, (character) => `&#${character.charCodeAt(0)};`).replaceAll("'", '&apos;');
  const isXml = (text: string) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(text);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }).filter(isXml), (command) => {
      const xml = `<b><target-vm name="x" version="1" arch="i386"/><jobs><run command="${escaped(command)}"/></jobs></b>`;
      const { table, converted } = readable(xml);
      const toml = readToml(printToml(converted));
      if (!toml.ok) throw new Error(toml.what);
      expect(JSON.parse(JSON.stringify(toml.table))).toEqual(table);
      expect(table['job']).toMatchObject([{ command: command.replaceAll('${', () => '$${') }, { use: 'export' }]);
    }),
  );
});

test('a source-vm is a source', () => {
  const xml = `<b>
  <source-vm name="base" version="2" arch="i586" hash-algorithm="sha256" hash="${'ab'.repeat(32)}"/>
  <target-vm name="x" version="1" arch="i386"/>
  <jobs><run>true</run></jobs>
</b>`;
  const { table, places, converted } = readable(xml);
  const source = { name: 'base', version: '2', arch: 'i686', disk: 'main', hash: 'ab'.repeat(32) };
  expect(table['source']).toEqual(source);
  const toml = readToml(printToml(converted));
  expect(toml.ok && JSON.parse(JSON.stringify(toml.table['source']))).toEqual(source);
  expect(nearestNode(places, ['source', 'version']).node.value).toEqual({ line: 2, column: 26 });
});

test('values stand where their attributes stand', () => {
  const { places } = readable(sample);
  const at = (...path: (string | number)[]) => {
    const { line, column } = nearestNode(places, path).node.value;
    return sample
      .split('\n')
      [line - 1]?.slice(column - 1)
      .split(/[ />]/)[0];
  };
  expect(at('arch')).toBe('arch="amd64"');
  expect(at('job', 0, 'size')).toBe('size="128M"');
  expect(at('job', 5, 'label')).toBe('label="root"');
  expect(at('job', 7, 'from')).toBe('source=".');
  expect(at('job', 9, 'command')).toBe('<run');
  expect(at('job', 7)).toBe('<copy-in');
});

const sizeOf = (size: string) => {
  const xml = `<b><target-vm name="x" version="1" arch="i386"/><jobs><create-disk size="${size}"/></jobs></b>`;
  const read = readVmBuilder(xml);
  if (!read.ok) return read.problems.map(({ what, remedy }) => `${what}; ${remedy}`).join();
  const [job] = read.converted.jobs;
  return job?.values.get('size')?.value;
};

test.each([
  ['1G', '1GiB'],
  ['512M', '512MiB'],
  ['512MiB', '512MiB'],
  [' 64 k ', '64KiB'],
  ['2048s', '1MiB'],
  ['1073741824', '1GiB'],
  ['1536', '"1536" is no whole number of KiB; write it in KiB, MiB or GiB'],
  ['1.5G', '"1.5G" is no size that vmb can read; write it in KiB, MiB or GiB, such as 512MiB'],
  ['64MB', '"64MB" is no size that vmb can read; write it in KiB, MiB or GiB, such as 512MiB'],
])('size %j', (written, read) => {
  expect(sizeOf(written)).toBe(read);
});
