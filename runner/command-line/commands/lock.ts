// `vmb lock`: fixes what the fetches of a build are, and carries all inputs of a build to another machine.
import { stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { findBuildFiles } from '../../build-file/find-build-files.ts';
import { buildLockName, dateText, formatBuildLock } from '../../fetch/build-lock.ts';
import { bundledFolders } from '../../fetch/bundle-folders.ts';
import { loadBundle } from '../../fetch/load-bundle.ts';
import { makeLock } from '../../fetch/make-lock.ts';
import { obtain } from '../../fetch/obtain.ts';
import { readBuildLock } from '../../fetch/read-build-lock.ts';
import { saveBundle } from '../../fetch/save-bundle.ts';
import { trustedLines } from '../../fetch/trusted.ts';
import type { PlanDraft } from '../../plan/plan-draft.ts';
import { printable } from '../../printable.ts';
import { amountText } from '../../report/amounts.ts';
import { plainReport } from '../../report/plain.ts';
import { shellWords } from '../../report/shell-words.ts';
import { RunnerError } from '../../runner-error.ts';
import { writeFileAtomically } from '../../state/atomic-file.ts';
import type { CommandDefinition, Context, Input, OptionDefinition } from '../command.ts';
import { loadDrafts } from '../load-plan.ts';
import { selectionOptions } from '../selection.ts';

/** With --load nothing is selected. */
const selection = selectionOptions.map(({ required, ...option }): OptionDefinition => option);

export const command: CommandDefinition = {
  name: 'lock',
  summary: 'Fix what a build fetches, and carry its inputs',
  options: [
    ...selection,
    { flags: '--renew', summary: 'look anew at what the lock has already' },
    { flags: '--bundle <file>', summary: 'then write all inputs of the build to a file' },
    { flags: '--load <file>', summary: 'take the inputs from such a file, instead' },
    { flags: '--to <folder>', summary: 'with --load: write the build folder there, too; it must not exist' },
  ],
  details: [
    'Fetches once what the build file gives no digest of, lets the host’s apt find what Debian packages need, and writes',
    `it to ${buildLockName} beside the build file. Look at what it trusted, and keep the file with the build file.`,
    'Lines of the lock that are there already stay as they are.',
    'On the other machine: vmb lock --load FILE --to DIR, then vmb import --path DIR; build-VMs go by vmb build-vm save.',
  ],
  async run(input, context) {
    const load = input.text('load');
    if (load !== undefined) return loadInputs(load, input, context);
    if (input.text('to') !== undefined) throw usage('--to: this is for --load; name the file with --load FILE.');
    for (const key of ['repo', 'name'] as const) {
      if (input.text(key) === undefined) throw usage(`--${key}: this is missing; \`vmb list\` tells what there is.`);
    }
    const named = input.text('bundle');
    const file = named === undefined ? undefined : await writableFile(resolve(context.cwd, named));
    await lock(input, context);
    if (file !== undefined) await bundle(file, input, context);
    return 0;
  },
};

/** Before anything is fetched. */
async function writableFile(path: string): Promise<string> {
  const facts = (of: string) => stat(of).catch(() => undefined);
  if ((await facts(path))?.isDirectory() === true) throw usage(`--bundle: ${path} is a folder; name a file in it.`);
  if ((await facts(dirname(path)))?.isDirectory() === true) return path;
  throw usage(`--bundle: there is no folder ${dirname(path)}; make it, or correct the name.`);
}

async function lock(input: Input, context: Context): Promise<void> {
  const { drafts } = await loadDrafts(input, context, 'unlocked');
  const [draft] = drafts;
  if (draft === undefined) throw new Error('Internal error: a build without an image');
  const { folder } = draft.buildFile;
  const wishes = drafts.flatMap(fetchesOf);
  const before = await readBuildLock(folder);
  const path = join(folder, buildLockName);
  const facts = { ...fetchFacts(context), before, renew: input.flag('renew') };
  const { lock: made, trusted } = await makeLock(wishes, facts);
  const say = (line: string) => context.stdout.write(`${printable(line)}\n`);
  if (trusted.length === 0) say(wishes.length === 0 ? 'This build fetches nothing.' : 'Nothing was missing.');
  else {
    await writeFileAtomically(path, formatBuildLock(made));
    say('From now on builds take exactly this. Look whether it is what you mean:');
    for (const one of trusted) for (const line of trustedLines(one)) say(`  ${line}`);
    if (made.epochSeconds !== undefined && made.epochSeconds !== before.epochSeconds) {
      say(`Unless the build file says otherwise, the build's clock starts at ${dateText(made.epochSeconds)}.`);
    }
    say(`Written to ${path}.`);
  }
}

async function bundle(file: string, input: Input, context: Context): Promise<void> {
  const { drafts } = await loadDrafts(input, context);
  const [draft] = drafts;
  if (draft === undefined) throw new Error('Internal error: a build without an image');
  const wishes = drafts.flatMap(allFetchesOf);
  await obtain(wishes, { ...fetchFacts(context), offline: false });
  const folders = bundledFolders(draft);
  const saved = await saveBundle(file, folders, wishes, context.folders.cache, context.signal);
  const builds = folders.length === 1 ? 'the build folder' : `${folders.length} build folders`;
  const amount = `${saved.files} fetched ${saved.files === 1 ? 'file' : 'files'}, ${amountText(saved.sizeBytes)} in all`;
  context.stdout.write(`${printable(`${file} has ${builds} and ${amount}.`)}\n`);
}

async function loadInputs(load: string, input: Input, context: Context): Promise<number> {
  const others = ['repo', 'name', 'arch', 'version', 'bundle'].find((key) => input.text(key) !== undefined);
  if (others !== undefined) throw usage(`--load: a file is loaded without --${others}; leave that out.`);
  const to = input.text('to');
  const folder = to === undefined ? undefined : resolve(context.cwd, to);
  const file = resolve(context.cwd, load);
  const loaded = await loadBundle(file, folder, context.folders.cache, context.signal);
  const say = (line: string) => context.stdout.write(`${printable(line)}\n`);
  say(
    `${loaded.files} ${loaded.files === 1 ? 'file is' : 'files are'} in the store, each with the digest of its name.`,
  );
  if (folder === undefined) say('The builds in the file were left out; --to DIR writes them.');
  else for (const line of await registering(folder)) say(line);
  return 0;
}

/** A build that needs no other lies in the folder itself, others in a folder of their repository's name. */
async function registering(folder: string): Promise<string[]> {
  const [first = '', ...others] = (await findBuildFiles(folder)).map(
    (path) => relative(folder, path).split('/')[0] ?? '',
  );
  const command = (path: string) => shellWords(['vmb', 'import', '--path', path]);
  if (others.length === 0) return [`The build folder is ${folder}; register it with: ${command(folder)}`];
  const repositories = [...new Set([first, ...others])].map((name) => join(folder, name));
  const commands = repositories.map((path) => `  ${command(path)}`);
  return [`The build folders are in ${folder}; register them with:`, ...commands];
}

/** Of the build that it begins with, too. */
function allFetchesOf(draft: PlanDraft): ReturnType<typeof fetchesOf> {
  return [...fetchesOf(draft), ...(draft.source === undefined ? [] : allFetchesOf(draft.source.draft))];
}

function fetchesOf(draft: PlanDraft) {
  return draft.steps.flatMap(({ step }) => {
    if (step.kind !== 'fetch') return [];
    const { fetched, position, wish: plan } = step;
    return [{ fetched, position, plan }];
  });
}

function fetchFacts({ folders, environment, signal, stderr }: Context) {
  return { folders, environment, signal, emit: plainReport(stderr, false).take };
}

function usage(message: string): RunnerError {
  return new RunnerError('usage', `vmb lock: ${message}`);
}
