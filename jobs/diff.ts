// diff: what is not the same in an artifact of this build and in another one: partition tables, then every file.
import { writeFile } from 'node:fs/promises';
import { type Difference, differenceLines, differencesOf } from './lib/difference.ts';
import type { Host } from './lib/host.ts';
import { type HostInput, hostJob, type OptionPath, type World } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { artifactName, source } from './lib/options.ts';
import { quoted } from './lib/quoted.ts';
import { type Static, Type } from './lib/schema.ts';
import { parseSource, type Source } from './lib/source.ts';

const schema = Type.Object(
  {
    of: source('What is compared, a disk image, a file or a folder', 'artifact:data-disk.img'),
    against: Type.Optional(
      Type.String({
        description:
          'What it is compared with: a path in the build folder or artifact:NAME. Unless given, what the last successful build handed out under the same name',
        examples: ['artifact:other.img'],
        minLength: 1,
        pattern: '^[^\\u0000]*$',
      }),
    ),
    as: artifactName(
      'Name of the difference, which is handed out as text and, with .json behind its name, as JSON',
      'changes',
    ),
    expect: Type.Optional(
      Type.Enum(['equal'], {
        description: 'The step fails when anything is not the same. A difference is no failure unless given',
        examples: ['equal'],
      }),
    ),
  },
  { additionalProperties: false },
);

type Options = Static<typeof schema>;

export const job = hostJob({
  name: 'diff',
  summary: 'Tells how an artifact differs from another one, or from that of the previous build, file by file',
  schema,
  plan(options, world) {
    const { one, other, names, missing } = planned(options, world);
    // Also where there is nothing to compare with, what is compared has to be there.
    world.imageBytes(one, ['of']);
    const inputs = missing === undefined ? inputsOf(one, other, world) : new Map<string, HostInput>();
    return {
      title: `compare ${names.one} with ${names.other}`,
      inputs,
      looksBack: other.kind === 'previous',
      artifacts: [options.as, `${options.as}.json`].map((name) => ({ name, at: ['as'], from: { kind: 'host' } })),
      ...(missing === undefined ? {} : { notes: [`nothing to compare with, because ${missing}`] }),
    };
  },
  async apply(options, host, world) {
    const { names, missing } = planned(options, world);
    if (missing !== undefined) {
      host.fact('diff', `nothing to compare with, because ${missing}`);
      return write(options.as, host, { ...names, compared: false, because: missing, differences: [] });
    }
    const differences = differencesOf(await host.listed('one'), await host.listed('other'));
    host.fact('diff', differences.length === 0 ? 'equal' : `${differences.length} differences`);
    await write(options.as, host, { ...names, compared: true, differences });
    if (options.expect === 'equal' && differences.length > 0) throw unequal(names, differences);
  },
});

/** What the JSON artifact holds, besides `schema`. */
interface Told {
  readonly one: string;
  readonly other: string;
  readonly compared: boolean;
  /** Why nothing was compared. */
  readonly because?: string;
  readonly differences: readonly Difference[];
}

function planned(options: Options, world: World) {
  const one = parseSource(options.of);
  if (one.kind === 'vmb')
    throw new JobMistake(
      ['of'],
      `${quoted(options.of)} comes with vmb and is no result of a build`,
      'name an artifact',
    );
  if (options.against !== undefined) {
    const names = { one: options.of, other: options.against };
    return { one, other: parseSource(options.against), names, missing: undefined };
  }
  if (one.kind !== 'artifact') {
    throw new JobMistake(
      ['of'],
      `${quoted(options.of)} is no artifact, so that no earlier build handed it out`,
      'name an artifact, or write `against`',
    );
  }
  const other: Source = { kind: 'previous', name: one.name };
  const names = { one: options.of, other: `${one.name} of the previous build` };
  return { one, other, names, missing: world.previousMissing(one.name) };
}

/** Images are compared by what a guest sees in them; unless both may be images, they are compared as files and folders. */
function inputsOf(one: Source, other: Source, world: World): Map<string, HostInput> {
  const sides: [string, Source, OptionPath][] = [
    ['one', one, ['of']],
    ['other', other, other.kind === 'previous' ? ['of'] : ['against']],
  ];
  const sizes = sides.map(([, source, at]) => world.imageBytes(source, at));
  return new Map(
    sides.map(([name, source, at], index): [string, HostInput] => {
      const sizeBytes = sizes[index];
      if (sizeBytes === undefined || sizes.includes(undefined))
        return [name, { kind: 'source', source, at, mayBeFolder: true }];
      return [name, { kind: 'image', source, sizeBytes, at }];
    }),
  );
}

async function write(name: string, host: Host, told: Told): Promise<void> {
  const { one, other, because, differences } = told;
  const lines = because === undefined ? differenceLines(differences) : [`nothing to compare with, because ${because}`];
  const heading = `first: ${one}\nsecond: ${other}\n`;
  const body = lines.length === 0 ? ['equal'] : lines;
  await writeFile(host.output(name), `${heading}${body.map((line) => `${line}\n`).join('')}`);
  await writeFile(host.output(`${name}.json`), `${JSON.stringify({ schema: 1, ...told }, undefined, 2)}\n`);
}

function unequal(
  { one, other }: { readonly one: string; readonly other: string },
  differences: readonly Difference[],
): Error {
  const [first] = differenceLines(differences);
  const count = differences.length === 1 ? '1 thing' : `${differences.length} things`;
  return new Error(
    `${one} and ${other} differ in ${count}, but the build file expects them equal. The first: ${first}. Correct what comes before this step, or leave \`expect\` out`,
  );
}
