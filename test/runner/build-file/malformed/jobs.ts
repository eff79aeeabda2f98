// Malformed jobs: a name and what stands behind a correct head, a disk "main" with two partitions and an ext4 in the first.

export const disk = `[[job]]
use = "create-disk"
disk = "main"
size = "64MiB"
[[job]]
use = "label"
disk = "main"
type = "gpt"
[[job]]
use = "partition"
disk = "main"
size = "32MiB"
[[job]]
use = "partition"
disk = "main"
size = "16MiB"
[[job]]
use = "format"
volume = "main:1"
type = "ext4"
`;

const of = (use: string, ...lines: readonly string[]) => `[[job]]\nuse = "${use}"\n${lines.join('\n')}\n`;

export const malformedJobs: readonly (readonly [name: string, text: string])[] = [
  ['a job without use', '[[job]]\ndisk = "x"\n'],
  ['use that is a number', '[[job]]\nuse = 1\n'],
  ['use that is empty', of('')],
  ['a job that there is not', of('frobnicate')],
  ['a job nearly right', of('fromat', 'volume = "main:2"')],
  ['a job with a path in its name', of('../label')],
  ['a job called as a property of objects', of('constructor')],
  [
    'an id twice',
    `${of('label', 'id = "a"', 'disk = "x"', 'type = "gpt"')}${of('remove', 'id = "a"', 'what = "main:1:/a"')}`,
  ],
  ['an id with a space', of('remove', 'id = "a b"', 'what = "main:1:/a"')],
  ['an undefined variable', of('remove', 'what = "main:1:/${nothing}"')],
  ['a malformed variable', of('remove', 'what = "main:1:/${no thing}"')],
  ['a variable that does not end', of('remove', 'what = "main:1:/${thing"')],
  ['create-disk: nothing said', of('create-disk')],
  ['create-disk: a size without a unit', of('create-disk', 'disk = "a"', 'size = "64"')],
  ['create-disk: a size in quotes of another kind', of('create-disk', 'disk = "a"', 'size = 64')],
  ['create-disk: a size below zero', of('create-disk', 'disk = "a"', 'size = "-1MiB"')],
  ['create-disk: a size of nothing', of('create-disk', 'disk = "a"', 'size = "0MiB"')],
  ['create-disk: a part of a byte', of('create-disk', 'disk = "a"', 'size = "1.00001KiB"')],
  ['create-disk: a size without end', of('create-disk', 'disk = "a"', 'size = "99999999999TiB"')],
  ['create-disk: a name twice', of('create-disk', 'disk = "main"', 'size = "8MiB"')],
  ['create-disk: a name with a colon', of('create-disk', 'disk = "a:1"', 'size = "8MiB"')],
  ['create-disk: a name with a quote', of('create-disk', 'disk = "a\'b"', 'size = "8MiB"')],
  ['create-disk: a name that is another thing’s', of('create-disk', 'disk = "artifact"', 'size = "8MiB"')],
  ['create-disk: a name too long', of('create-disk', `disk = "${'a'.repeat(99)}"`, 'size = "8MiB"')],
  ['create-disk: an unknown option', of('create-disk', 'disk = "a"', 'size = "8MiB"', 'colour = "red"')],
  ['label: a disk that there is not', of('label', 'disk = "mian"', 'type = "gpt"')],
  ['label: a type that there is not', of('label', 'disk = "main"', 'type = "bsd"')],
  ['label: twice', of('label', 'disk = "main"', 'type = "gpt"')],
  ['label: a list', of('label', 'disk = ["main"]', 'type = "gpt"')],
  ['partition: no room left', of('partition', 'disk = "main"', 'size = "20MiB"')],
  [
    'partition: a disk without a label',
    `${of('create-disk', 'disk = "b"', 'size = "8MiB"')}${of('partition', 'disk = "b"', 'size = "rest"')}`,
  ],
  ['partition: a type that there is not', of('partition', 'disk = "main"', 'size = "1MiB"', 'type = "linus"')],
  ['partition: logical on gpt', of('partition', 'disk = "main"', 'size = "1MiB"', 'kind = "logical"')],
  ['partition: a kind that there is not', of('partition', 'disk = "main"', 'size = "1MiB"', 'kind = "third"')],
  ['partition: a uuid that is none', of('partition', 'disk = "main"', 'size = "1MiB"', 'uuid = "1234"')],
  ['partition: bootable as a text', of('partition', 'disk = "main"', 'size = "1MiB"', 'bootable = "yes"')],
  ['format: a partition that there is not', of('format', 'volume = "main:7"', 'type = "ext4"')],
  ['format: a partition that is no number', of('format', 'volume = "main:one"', 'type = "ext4"')],
  ['format: a place', of('format', 'volume = "main:1:/etc"', 'type = "ext4"')],
  ['format: an empty volume', of('format', 'volume = ""', 'type = "ext4"')],
  ['format: a filesystem that there is not', of('format', 'volume = "main:2"', 'type = "zfs"')],
  ['format: a filesystem nearly right', of('format', 'volume = "main:2"', 'type = "ext5"')],
  ['format: twice', of('format', 'volume = "main:1"', 'type = "ext4"')],
  ['format: a label too long', of('format', 'volume = "main:2"', 'type = "ext4"', `label = "${'a'.repeat(17)}"`)],
  ['format: a label that is empty of sense', of('format', 'volume = "main:2"', 'type = "fat32"', 'label = "a*b"')],
  ['format: a uuid that is none', of('format', 'volume = "main:2"', 'type = "ext4"', 'uuid = "zz"')],
  [
    'format: a setting that there is not',
    of('format', 'volume = "main:2"', 'type = "ext4"', 'settings = { turbo = 1 }'),
  ],
  ['copy-in: nothing to copy', of('copy-in', 'to = "main:1:/a"')],
  ['copy-in: two things to copy', of('copy-in', 'from = "a"', 'content = "b"', 'to = "main:1:/a"')],
  ['copy-in: a file that there is not', of('copy-in', 'from = "nothing"', 'to = "main:1:/a"')],
  ['copy-in: out of the folder', of('copy-in', 'from = "../../etc/passwd"', 'to = "main:1:/a"')],
  ['copy-in: a path of this machine', of('copy-in', 'from = "/etc/passwd"', 'to = "main:1:/a"')],
  ['copy-in: a file that vmb does not bring', of('copy-in', 'from = "vmb:busybocks"', 'to = "main:1:/a"')],
  ['copy-in: an artifact that there is not', of('copy-in', 'from = "artifact:a"', 'to = "main:1:/a"')],
  ['copy-in: a place without a path', of('copy-in', 'content = "a"', 'to = "main:1"')],
  ['copy-in: a place that climbs', of('copy-in', 'content = "a"', 'to = "main:1:/../a"')],
  ['copy-in: a volume without a filesystem', of('copy-in', 'content = "a"', 'to = "main:2:/a"')],
  ['copy-in: a mode that is no number', of('copy-in', 'content = "a"', 'to = "main:1:/a"', 'mode = "rwx"')],
  ['copy-in: a mode with an 8', of('copy-in', 'content = "a"', 'to = "main:1:/a"', 'mode = "0888"')],
  ['copy-in: a NUL in a path', of('copy-in', 'content = "a"', 'to = "main:1:/a\\u0000b"')],
  ['copy-in: a folder as a text’s place', of('copy-in', 'content = "a"', 'to = "main:1:/a/"')],
  ['copy-out: a name with a slash', of('copy-out', 'from = "main:1:/a"', 'as = "a/b"')],
  ['copy-out: a hidden name', of('copy-out', 'from = "main:1:/a"', 'as = ".a"')],
  ['copy-out: the name of a record', of('copy-out', 'from = "main:1:/a"', 'as = "a.Record.json"')],
  ['copy-out: a name with an escape', of('copy-out', 'from = "main:1:/a"', 'as = "a\\u001b[2J"')],
  [
    'copy-out: a name twice',
    `${of('copy-out', 'from = "main:1:/a"', 'as = "a"')}${of('copy-out', 'from = "main:1:/b"', 'as = "a"')}`,
  ],
  ['tar-in: a place that is none', of('tar-in', 'from = "vmb:busybox"', 'to = "main"')],
  ['tar-out: no name', of('tar-out', 'from = "main:1:/"')],
  ['dd: over the partitions', of('dd', 'from = "vmb:busybox"', 'to = "main"')],
  ['dd: an offset below zero', of('dd', 'from = "vmb:busybox"', 'to = "main:2"', 'offset = -1')],
  ['dd: a length of nothing', of('dd', 'from = "vmb:busybox"', 'to = "main:2"', 'length = 0')],
  ['dd: beyond the end', of('dd', 'from = "vmb:busybox"', 'to = "main:2"', 'offset = "1TiB"')],
  ['dd: over a filesystem', of('dd', 'from = "vmb:busybox"', 'to = "main:1"')],
  ['hash: a digest that is none', of('hash', 'of = "main"', 'expect = "abc"')],
  ['hash: an algorithm that there is not', of('hash', 'of = "main"', 'algorithm = "md5"')],
  ['hash: a digest of another algorithm', of('hash', 'of = "main"', `expect = "${'a'.repeat(128)}"`)],
  ['diff: what comes with vmb', of('diff', 'of = "vmb:busybox"', 'as = "a"')],
  ['diff: a file without a second', of('diff', 'of = "build.toml"', 'as = "a"')],
  ['diff: an artifact that there is not', of('diff', 'of = "artifact:a"', 'as = "b"')],
  ['diff: an expectation that there is not', of('diff', 'of = "artifact:a"', 'as = "b"', 'expect = "same"')],
  ['remove: nothing', of('remove', 'what = []')],
  ['remove: everything', of('remove', 'what = "main:1:/"')],
  ['remove: what climbs', of('remove', 'what = "main:1:/a/../../b"')],
  ['run: no command', of('run')],
  ['run: an empty list', of('run', 'command = []')],
  ['run: a number', of('run', 'command = 7')],
  ['run: a NUL', of('run', 'command = "a\\u0000b"')],
  ['run: a mount that is no path', of('run', 'command = "true"', 'mount = { "mnt" = "main:1" }')],
  ['run: a mount of nothing', of('run', 'command = "true"', 'mount = { "/mnt" = "main:2" }')],
  ['run: an environment with a minus', of('run', 'command = "true"', 'env = { "A-B" = "c" }')],
  ['run: a timeout without a unit', of('run', 'command = "true"', 'timeout = "10"')],
  ['run: a timeout without end', of('run', 'command = "true"', 'timeout = "99999999999h"')],
  ['initramfs: a folder as its place', of('initramfs', 'from = "main:1:/a"', 'to = "main:1:/b/"')],
  ['initramfs: a device that is none', of('initramfs', 'from = "main:1:/a"', 'to = "main:1:/b"', 'nodes = ["x 1 2"]')],
  ['uki: no kernel', of('uki', 'as = "a.efi"')],
  ['uki: a kernel that there is not', of('uki', 'kernel = "vmlinuz"', 'as = "a.efi"')],
  ['export: a disk that there is not', of('export', 'disk = "other"', 'as = "a.img"')],
  ['export: a layout that there is not', of('export', 'disk = "main"', 'as = "a.img"', 'layout = "old"')],
  ['export: the layout of another disk', of('export', 'disk = "main"', 'as = "a.img"', 'layout = { "b:1" = "keep" }')],
  [
    'export: the layout of what has no filesystem',
    of('export', 'disk = "main"', 'as = "a.img"', 'layout = { "main:2" = "keep" }'),
  ],
  ['three mistakes at once', `${of('label', 'disk = 1', 'type = 2')}${of('run', 'comand = "true"')}`],
];
