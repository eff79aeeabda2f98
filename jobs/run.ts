// run: a command in the build-VM, fenced, with volumes where the build file wants them; or in the target-VM, on its own.
import type { Volume } from './lib/disk.ts';
import { parseDurationMs } from './lib/duration.ts';
import { guestJob, type World } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { place, text, volume } from './lib/options.ts';
import { pathPart, volumeName, withoutSlash } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { type MountPoint, mountInside, unmountInside } from './lib/run-mounts.ts';
import { targetOf, targetOptions, targetScript } from './lib/run-target.ts';
import { type Static, Type } from './lib/schema.ts';
import { lines, type Script, sh } from './lib/shell.ts';
import { formattedVolume, mounted } from './lib/volume.ts';

const schema = Type.Object(
  {
    command: Type.Union(
      [
        text('a text for sh', 'make install'),
        Type.Array(text('One word', 'make'), { minItems: 1, description: 'a list of a program and its arguments' }),
      ],
      {
        description: 'What to run. A text goes to sh -e, which stops at the first failing command',
        examples: ['wc -c /mnt/etc/motd'],
      },
    ),
    mount: Type.Optional(
      Type.Record(Type.String({ pattern: '^/' }), volume('Volume that appears there'), {
        additionalProperties: false,
        description: 'Volumes by the folder where they appear',
        examples: [{ '/mnt': 'main:1' }],
      }),
    ),
    chroot: Type.Optional(
      volume('Volume whose programs run: it is the root folder, instead of the build-VM’s own programs'),
    ),
    env: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), text('Value', 'C'), {
        additionalProperties: false,
        description: 'Environment variables besides PATH, HOME, LANG, LC_ALL, TZ and SOURCE_DATE_EPOCH',
        examples: [{ DEBIAN_FRONTEND: 'noninteractive' }],
      }),
    ),
    cwd: Type.Optional(place('Folder to run in. / unless given', '/mnt')),
    timeout: Type.Optional(text('How long it may take: a number with s, m or h. 1h unless given', '10m')),
    privileged: Type.Optional(
      Type.Boolean({
        description: 'Whether the command may do all that root can, disks and kernel included. false unless given',
        examples: [true],
      }),
    ),
    ...targetOptions,
  },
  { additionalProperties: false },
);

type Options = Static<typeof schema>;

const root = '/stage/root';
const defaultTimeout = '1h';
const targetNote =
  'the disk itself is booted: what it says of this step is its own word, so the step has a session of its own';
/** What the fence makes of its own, over whatever lies there. */
const fenced = ['/dev', '/proc', '/run', '/tmp'];

export const job = guestJob({
  name: 'run',
  summary: 'Runs a command in the VM, with volumes mounted or as the root folder',
  schema,
  plan(options, world) {
    const { inside } = planned(options, world);
    const target = targetOf(options, world);
    const privileged = options.privileged === true;
    const where = inside === undefined ? target && `the target ${target.disk}` : volumeName(inside);
    return {
      title: `run ${shortened(options.command)}${where === undefined ? '' : ` in ${where}`}`,
      timeoutMs: parseDurationMs(options.timeout ?? defaultTimeout, ['timeout']),
      ...(target === undefined ? {} : { target, ownSession: true, notes: [targetNote] }),
      ...(inside === undefined ? {} : { runsPrograms: { arch: world.arch, at: ['chroot'] } }),
      ...(privileged
        ? {
            ownSession: true,
            notes: ['not fenced: it could say of itself whatever it likes, so it has a session of its own'],
          }
        : {}),
    };
  },
  script(options, world) {
    const { inside, mounts, cwd } = planned(options, world);
    if (options.in === 'target') return targetScript(wordsOf(options), cwd, environment(options, world));
    return lines(
      inside === undefined ? sh`vmb_tools_root ${root}` : mounted(inside, root, 'read-write'),
      ...mounts.map((point, index) => mountInside(root, point, index)),
      fencedCommand(options, cwd, world),
      ...mounts.map((_, index) => unmountInside(index)).reverse(),
    );
  },
});

function fencedCommand(options: Options, cwd: string, world: World): Script {
  const fence = [
    root,
    '--cwd',
    cwd,
    ...(options.privileged === true ? ['--privileged'] : []),
    ...environment(options, world),
  ];
  return sh`vmb_fence ${fence} -- ${wordsOf(options)}`;
}

function wordsOf({ command }: Options): readonly string[] {
  return typeof command === 'string' ? ['sh', '-e', '-c', command] : command;
}

function environment({ env = {} }: Options, world: World): string[] {
  const fixed = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC0',
    SOURCE_DATE_EPOCH: String(world.epochSeconds),
  };
  return Object.entries({ ...fixed, ...env }).map(([name, value]) => `${name}=${value}`);
}

interface PlannedRun {
  readonly inside: Volume | undefined;
  /** Outer ones before those in them. */
  readonly mounts: readonly MountPoint[];
  readonly cwd: string;
}

function planned(options: Options, world: World): PlannedRun {
  const inside = options.chroot === undefined ? undefined : formattedVolume(world, options.chroot, ['chroot']);
  const mounts = Object.entries(options.mount ?? {}).map(([folder, reference]) => ({
    folder: mountFolder(folder),
    volume: formattedVolume(world, reference, ['mount', folder]),
  }));
  mounts.sort((one, other) => (one.folder < other.folder ? -1 : 1));
  const twice = mounts.find(({ folder }, index) => mounts[index + 1]?.folder === folder);
  if (twice !== undefined) {
    throw new JobMistake(
      ['mount'],
      `two volumes would appear at ${quoted(twice.folder)}`,
      'give one of them another folder',
    );
  }
  return { inside, mounts, cwd: withoutSlash(pathPart(options.cwd ?? '/', ['cwd'])) };
}

function mountFolder(written: string): string {
  const folder = withoutSlash(pathPart(written, ['mount', written]));
  if (folder === '/') {
    throw new JobMistake(
      ['mount', written],
      'a volume cannot appear at "/", which is the root folder',
      'use `chroot` for that',
    );
  }
  const over = fenced.find((own) => folder === own || folder.startsWith(`${own}/`));
  if (over === undefined) return folder;
  throw new JobMistake(
    ['mount', written],
    `a volume cannot appear at ${quoted(folder)}, because every command gets a ${over} of its own`,
    'choose another folder, such as "/mnt"',
  );
}

/** One line of at most 60 characters for people. */
function shortened(command: Options['command']): string {
  const whole = (typeof command === 'string' ? command : command.join(' ')).trim();
  const [line = ''] = whole.split(/[\u0000-\u001f\u007f]/);
  return line === whole && line.length <= 60 ? line : `${[...line].slice(0, 60).join('')} …`;
}
