// run in a target-VM: the disk itself is booted, and its agent (copy-in, preset "firstrun") carries out the command.
import type { Disk, Volume } from './disk.ts';
import { hostInput } from './host-input.ts';
import type { HostInput, OptionPath, TargetPlan, World } from './job.ts';
import { JobMistake } from './mistake.ts';
import { diskName, source, text, volume } from './options.ts';
import { volumeName } from './place.ts';
import { quoted } from './quoted.ts';
import { type Static, Type } from './schema.ts';
import { type Script, sh } from './shell.ts';

/** Properties for the schema of `run`. */
export const targetOptions = {
  in: Type.Optional(
    Type.Union([Type.Literal('build-vm'), Type.Literal('target')], {
      description:
        'Where it runs: build-vm; or target, which boots the disk itself, prepared by copy-in with preset = "firstrun" (docs/target.md). build-vm unless given',
      examples: ['target'],
    }),
  ),
  disk: Type.Optional(diskName('Disk that in = "target" boots')),
  boot: Type.Optional(
    Type.Union([Type.Literal('bios'), Type.Literal('uefi'), Type.Literal('kernel')], {
      description:
        'How in = "target" boots: the boot loader of the disk by bios or uefi, or a kernel directly. kernel where one is given, else uefi for gpt and bios for msdos',
      examples: ['uefi'],
    }),
  ),
  kernel: Type.Optional(source('Kernel for boot = "kernel", or a place on a volume', 'main:1:/boot/vmlinuz')),
  root: Type.Optional(
    volume('Volume that the kernel mounts as its root. The one that the kernel lies on, unless given'),
  ),
  cmdline: Type.Optional(
    text('More words of the command line for boot = "kernel", behind console=ttyS0 panic=-1 root=… rw', 'quiet'),
  ),
};

const targetSchema = Type.Object(targetOptions);
type Options = Static<typeof targetSchema>;

/** What only a target-VM has, and what only the build-VM has. */
const targetOnly = ['disk', 'boot', 'kernel', 'root', 'cmdline'] as const;
const buildVmOnly = ['mount', 'chroot', 'privileged'] as const;

/** What `run` says of the target, or undefined in the build-VM. @throws JobMistake */
export function targetOf(options: Options & Readonly<Record<string, unknown>>, world: World): TargetPlan | undefined {
  if (options.in !== 'target') {
    const stray = targetOnly.find((key) => options[key] !== undefined);
    if (stray === undefined) return undefined;
    throw new JobMistake([stray], `\`${stray}\` is for a run in the target only`, 'add in = "target", or leave it out');
  }
  const stray = buildVmOnly.find((key) => options[key] !== undefined);
  if (stray !== undefined) {
    throw new JobMistake(
      [stray],
      `\`${stray}\` is for the build-VM only, because a target-VM starts its own system, where the command is root`,
      'leave it out',
    );
  }
  if (options.disk === undefined) {
    throw new JobMistake(['in'], 'nothing is said of which disk to boot', 'add disk = "main" with the name of yours');
  }
  const disk = world.disk(options.disk, ['disk']);
  return { disk: disk.name, boot: bootOf(options, disk, world), at: ['in'] };
}

function bootOf(options: Options, disk: Disk, world: World): TargetPlan['boot'] {
  const { kernel, root, cmdline } = options;
  const boot = options.boot ?? (kernel !== undefined ? 'kernel' : disk.label?.type === 'gpt' ? 'uefi' : 'bios');
  if (boot === 'kernel') {
    if (kernel === undefined) {
      throw new JobMistake(['boot'], 'no kernel is given to boot', 'add kernel = "main:1:/boot/vmlinuz" or the like');
    }
    const input = hostInput(world, kernel, ['kernel']);
    const words = ['console=ttyS0', 'panic=-1', ...rootWords(input, root, disk, world), ...(cmdline ? [cmdline] : [])];
    return { kind: 'kernel', kernel: input, commandLine: words.join(' ') };
  }
  const stray = (['kernel', 'root', 'cmdline'] as const).find((key) => options[key] !== undefined);
  if (stray !== undefined) {
    const because = `the boot loader of ${quoted(disk.name)} decides that when it starts by ${boot}`;
    throw new JobMistake(
      [stray],
      `\`${stray}\` has no effect, because ${because}`,
      'leave it out, or write boot = "kernel"',
    );
  }
  if (boot === 'uefi' && world.arch !== 'x86_64') {
    const because = `UEFI machines here start x86_64 systems only, not ${world.arch}`;
    throw new JobMistake(
      ['disk'],
      `${quoted(disk.name)} cannot be booted by uefi, because ${because}`,
      'write boot = "bios" or boot = "kernel"',
    );
  }
  return { kind: 'firmware', firmware: boot };
}

/** A partition is found by its id, whatever the VMM calls the disk. */
function rootWords(kernel: HostInput, root: string | undefined, disk: Disk, world: World): string[] {
  const at: OptionPath = root === undefined ? ['kernel'] : ['root'];
  const volume = root === undefined ? volumeOf(kernel) : world.volume(root, at);
  if (volume === undefined) {
    throw new JobMistake(
      at,
      'nothing is said of the volume that the kernel mounts as its root',
      'add root = "main:1" or the like',
    );
  }
  if (volume.disk.name !== disk.name) {
    const because = `a target-VM has the disk ${quoted(disk.name)} only`;
    throw new JobMistake(
      at,
      `the root cannot lie on ${quoted(volumeName(volume))}, because ${because}`,
      `use a volume of ${quoted(disk.name)}`,
    );
  }
  const partition = disk.partitions.find(({ number }) => number === volume.number);
  if (partition === undefined || disk.label === undefined) {
    const because = 'only partitions have an id by which a kernel finds them on every VMM';
    throw new JobMistake(
      at,
      `the root cannot lie on ${quoted(volumeName(volume))}, because ${because}`,
      'put a label and a partition on the disk',
    );
  }
  // Documentation of the kernel, early_lookup_bdev: a GUID, or the msdos table's id and the number in two hex digits.
  const number = volume.number.toString(16).padStart(2, '0');
  const id =
    disk.label.type === 'gpt' ? partition.id.toLowerCase() : `${disk.label.id.slice(2).toLowerCase()}-${number}`;
  return [`root=PARTUUID=${id}`, 'rw'];
}

function volumeOf(kernel: HostInput): Volume | undefined {
  return kernel.kind === 'place' ? kernel.volume : undefined;
}

/** Read from standard input by the busybox of the agent, which hands over to the target's own sh at once. */
export function targetScript(words: readonly string[], cwd: string, environment: readonly string[]): Script {
  return sh`exec env -i ${environment} /bin/sh -c 'cd -- "$1" || exit 126; shift; exec "$@"' sh ${cwd} ${words} </dev/null`;
}
