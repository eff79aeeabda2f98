// The tools image in a real boot of each architecture: every program of the table starts, formatters make what the kernel
// mounts, a step that did not ask has none of them, and a user's command sees none.
import { basename } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BuildVmArch, buildVmArchs } from '../../../build-vm/make/arch.ts';
import { toolFiles, toolPrograms } from '../../../build-vm/make/tool-packages.ts';
import { bootVm, follow, mebibyte, type Run } from '../border/vm.ts';

const names = [...toolPrograms.flatMap(({ path, links = [] }) => [basename(path), ...links]), 'mkufs'];

const formats = [
  ['mkntfs -Q -q -F', 'ntfs-3g'],
  ['mkudffs --media-type=hd --blocksize=512', 'udf'],
  ['mkfs.btrfs -q -f --mixed', 'btrfs'],
  ['mkfs.exfat', 'exfat'],
  ['mkfs.minix', 'minix'],
] as const;

const start = `vmb_tools
for name in ${names.join(' ')}; do
  [ "$(command -v $name)" = "/run/tools/bin/$name" ] || echo "$name is missing"
  case $name in xfs_admin) continue ;; esac
  code=0
  $name --help >/tmp/said 2>&1 </dev/null || code=$?
  if [ "$code" -ge 126 ] || grep -q 'error while loading' /tmp/said; then echo "$name: $code $(cat /tmp/said)"; fi
done
for file in ${[...toolFiles.keys()].join(' ')}; do [ -s "/run/tools/share/$file" ] || echo "$file is missing"; done`;

const format = `vmb_tools
vmb_tools
${formats
  .map(
    ([command, type]) => `${command} /dev/vmb/main >/dev/null 2>&1
vmb_mount /dev/vmb/main /mnt/a ${type} ro
grep ' /mnt/a ' /proc/mounts | cut -d ' ' -f 1,3; umount /mnt/a
dd if=/dev/zero of=/dev/vmb/main bs=1M count=1 conv=notrunc status=none`,
  )
  .join('\n')}`;

// A driver that refuses, and one that is killed.
const driven = `vmb_tools
( vmb_mount /dev/vmb/main /mnt/a ntfs-3g ro ) >/tmp/said || echo "$?: $(tail -n 1 /tmp/said)"
rm -r /run/drivers
mkntfs -Q -q -F /dev/vmb/main >/dev/null 2>&1
vmb_mount /dev/vmb/main /mnt/a ntfs-3g
echo text >/mnt/a/file
kill -9 $(busybox pidof ntfs-3g)
vmb_end_drivers >/tmp/said || echo "$?: $(tail -n 1 /tmp/said)"
grep -c ' fuseblk ' /proc/mounts || rm -r /run/drivers
dd if=/dev/zero of=/dev/vmb/main bs=1M count=1 conv=notrunc status=none`;

// In files, one after the other, with a second between.
const again = `vmb_tools
cd /tmp
make() {
  rm -f image
  truncate -s 16M image
  "$@" image >/dev/null 2>&1
  sha256sum <image
}
once() {
  for seed in one two; do
    make vmb_fixed $seed mkntfs -Q -F
    make vmb_fixed $seed mkudffs --media-type=hd
    make vmb_fixed $seed mkfs.btrfs -q -f --mixed
    make vmb_fixed $seed mkfs.exfat
  done
}
once >first; sleep 1.1; once >second
cmp first second && sort -u first | wc -l
make mkntfs -Q -F >third; sleep 1.1; make mkntfs -Q -F | cmp -s third - || echo 'another without'`;

// Linux has no way to fill a UFS, and none to look for faults.
const ufs = `vmb_tools
cd /tmp
mkdir -p all/tree
seq 20000 >all/tree/numbers
for name in one two three; do ln all/tree/numbers all/tree/$name; done
truncate -s 700G all/long
printf 'the end' >>all/long
for version in 1 2; do
  rm -f image
  truncate -s 4M image
  mkufs --version $version --time 1000000000 image all
  sha256sum <image
  dd if=image of=/dev/vmb/main bs=1M status=none
  case $version in 1) type=44bsd ;; 2) type=ufs2 ;; esac
  vmb_mount /dev/vmb/main /mnt/a ufs ro,ufstype=$type
  diff -r all/tree /mnt/a/tree && stat -c '%Y %h' /mnt/a/tree/one && tail -c 7 /mnt/a/long; echo
  umount /mnt/a
done`;

const fenced = `vmb_tools
vmb_tools_root /stage/root
vmb_fence /stage/root PATH=/usr/bin:/bin -- sh -c 'ls -A /run; ls -d /dev/vmb; command -v mkntfs; echo "libraries: $LD_LIBRARY_PATH"'`;

/** What step 5 said, by architecture. */
const ufsOf = new Map<BuildVmArch, string>();

describe.each(buildVmArchs)('%s', (arch) => {
  let run: Run;
  beforeAll(async () => {
    const vm = await bootVm({
      arch,
      steps: [
        { script: start, tools: true, timeoutMs: 300_000 },
        { script: format, tools: true, timeoutMs: 300_000 },
        { script: fenced, tools: true },
        { script: again, tools: true, timeoutMs: 300_000 },
        { script: ufs, tools: true },
        { script: driven, tools: true },
        { script: 'ls -A /dev/vmb /run; vmb_tools' },
      ],
      regions: [{ name: 'main', offsetBytes: 0, lengthBytes: 64 * mebibyte }],
    });
    run = await follow(vm);
    await vm.remove();
    if (run.error !== undefined) throw run.error;
  });

  test('mkufs makes what the kernel reads', () => {
    ufsOf.set(arch, run.output(5).toString());
    expect(run.output(5).toString()).toMatch(/^([0-9a-f]{64} {2}-\n1000000000 4\nthe end\n){2}$/);
  });

  const outcome = (step: number) => run.results[step - 1]?.outcome;

  test('every program starts, with the libraries of the image and the initramfs', () => {
    expect(run.output(1).toString()).toBe('');
    expect(outcome(1)).toEqual({ kind: 'exit', code: 0 });
  });

  test('what they format is what the kernel mounts', () => {
    expect(run.output(2).toString()).toBe(
      formats.map(([, type]) => `/dev/vmb/main ${type === 'ntfs-3g' ? 'fuseblk' : type}\n`).join(''),
    );
    expect(outcome(2)).toEqual({ kind: 'exit', code: 0 });
  });

  test("a user's command sees nothing of them", () => {
    expect(run.output(3).toString()).toBe('ls: /dev/vmb: No such file or directory\nlibraries: \n');
  });

  test('with a seed they make the same bytes a second later, and others with another seed', () => {
    // exFAT's number is its time alone, whatever the seed.
    expect(run.output(4).toString()).toBe('7\nanother without\n');
  });

  test('what a driver does not do is told', () => {
    expect(run.output(6).toString()).toMatchInlineSnapshot(`
      "/dev/vmb/main could not be mounted.
      1: partition (e.g. /dev/sda, not /dev/sda1)? Or the other way around?
      1: The driver of a volume (ntfs-3g) ended with exit code 137, so that what was written there may be incomplete.
      0
      "
    `);
    expect(outcome(6)).toEqual({ kind: 'exit', code: 0 });
  });

  test('a step that did not ask for them has none', () => {
    expect(run.output(7).toString()).toBe(
      '/dev/vmb:\nmain\n\n/run:\nInternal error: this step uses tools that it did not ask for.\n',
    );
    expect(outcome(7)).toEqual({ kind: 'exit', code: 1 });
  });
});

test('mkufs makes the same bytes on every architecture', () => {
  expect(ufsOf.get('i686')).toBe(ufsOf.get('x86_64'));
});
