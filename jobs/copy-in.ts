// copy-in: files of the build folder, a text, or what a target-VM needs, into a volume.
import { attributeOptions, attributesOf } from './lib/attributes.ts';
import { parted } from './lib/bring.ts';
import type { Volume } from './lib/disk.ts';
import { checkFirstrunVolume, firstrunOptions, firstrunScript } from './lib/firstrun.ts';
import { type Attributes, type GuestEffects, guestJob, type PayloadInPlan, type World } from './lib/job.ts';
import { checkLength, checkNames } from './lib/kept.ts';
import { JobMistake } from './lib/mistake.ts';
import { place, source, text } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { type Static, Type } from './lib/schema.ts';
import { sh } from './lib/shell.ts';
import { parseSource } from './lib/source.ts';
import { unpacked } from './lib/tar.ts';
import { mounted } from './lib/volume.ts';

const schema = Type.Object(
  {
    from: Type.Optional(source('File or folder to copy', 'files/motd')),
    content: Type.Optional(text('Text of the file, instead of `from`', 'hello\n')),
    to: place('Where it goes. With a slash at the end, into that folder under its own name', 'main:1:/etc/motd'),
    ...firstrunOptions,
    ...attributeOptions,
    substitute: Type.Optional(
      Type.Boolean({
        description: 'Whether ${name} in the files stands for a variable. false unless given',
        examples: [true],
      }),
    ),
  },
  { additionalProperties: false },
);

type Options = Static<typeof schema>;

export const job = guestJob({
  name: 'copy-in',
  summary: 'Copies files, a text, or what a target-VM needs, into a volume',
  schema,
  plan(options, world) {
    if (isFirstrun(options)) return firstrunPlan(options, world);
    const { volume, path, as } = target(options, world);
    checkNames(volume, path, ['to']);
    const attributes = {
      ...attributesOf(options, volume),
      ...(options.substitute === true ? { substitute: true } : {}),
    };
    const brought = payload(options, as, attributes);
    if (options.from !== undefined) checkLength(volume, parseSource(options.from), world, ['from']);
    return {
      title: `copy ${options.from ?? 'a text'} to ${volumeName(volume)}:${path}`,
      payloadsIn: [brought],
    };
  },
  script(options, world) {
    if (options.preset !== undefined) {
      const { volume, path } = world.place(options.to, ['to']);
      return firstrunScript(volume, path, options.init);
    }
    const { volume, folder } = target(options, world);
    return sh`
      ${mounted(volume, '/mnt', 'read-write')}
      vmb_make_folder /mnt ${folder}
      vmb_payload_in files ${unpacked(volume, sh`/mnt`, 'plain')}
    `;
  },
});

/** @throws JobMistake for options that do not go together */
function isFirstrun(options: Options): boolean {
  if (options.preset === undefined) {
    if (options.init === undefined) return false;
    throw new JobMistake(['init'], '`init` says nothing without a preset', 'add preset = "firstrun", or leave it out');
  }
  const stray = (['from', 'content', 'mode', 'owner', 'xattrs', 'substitute'] as const).find(
    (key) => options[key] !== undefined,
  );
  if (stray === undefined) return true;
  const because = 'the preset says which files, and what becomes of them';
  throw new JobMistake(
    [stray],
    `\`${stray}\` cannot be given together with \`preset\`, because ${because}`,
    'remove one of them',
  );
}

function firstrunPlan({ to }: Options, world: World): GuestEffects {
  const { volume, path } = world.place(to, ['to']);
  checkFirstrunVolume(volume);
  return {
    title: `install firstrun in ${volumeName(volume)}:${path}`,
    payloadsIn: [{ kind: 'raw', name: 'firstrun', source: { kind: 'vmb', name: 'firstrun' }, at: ['preset'] }],
  };
}

function payload({ from, content }: Options, as: string, attributes: Attributes): PayloadInPlan {
  if (from !== undefined && content === undefined) {
    return { kind: 'tree', name: 'files', source: parseSource(from), as, attributes, at: ['from'] };
  }
  if (from === undefined && content !== undefined) {
    return { kind: 'text', name: 'files', text: content, as, attributes, at: ['content'] };
  }
  throw from === undefined
    ? new JobMistake([], 'nothing is said of what to copy', 'add from = "…" for files, or content = "…" for a text')
    : new JobMistake(
        ['content'],
        '`from` and `content` are both given, but only one can be copied',
        'remove one of them',
      );
}

/** Where it goes: `as` under `folder`; empty for a folder whose content goes there, or a file that keeps its name. */
function target(
  { to, content, substitute }: Options,
  world: World,
): { volume: Volume; path: string; folder: string; as: string } {
  const { volume, path } = world.place(to, ['to']);
  if (content !== undefined && path.endsWith('/')) {
    throw new JobMistake(
      ['to'],
      `${quoted(to)} names a folder, but a text has no name of its own`,
      'add the name of the file',
    );
  }
  if (content !== undefined && substitute === true) {
    throw new JobMistake(['substitute'], 'the variables in `content` are filled in anyway', 'leave it out');
  }
  if (path.endsWith('/')) return { volume, path, folder: path, as: '' };
  const { parent, base } = parted(path);
  return { volume, path, folder: parent, as: base };
}
