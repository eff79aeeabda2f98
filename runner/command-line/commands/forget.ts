// `vmb forget`: ends the registration of a repository and removes what vmb itself kept for it, never the user's own folder.
import { rm, stat } from 'node:fs/promises';
import { didYouMean } from '../../build-file/did-you-mean.ts';
import { logsFolder } from '../../execution/fail-step.ts';
import { recordsFolder } from '../../execution/record.ts';
import { printable, quoted } from '../../printable.ts';
import { amountText } from '../../report/amounts.ts';
import { columns } from '../../report/columns.ts';
import { RunnerError } from '../../runner-error.ts';
import { sizeOnDisk } from '../../state/folder-size.ts';
import { bundledName, listRepositories, type Repository, registrationPath } from '../../state/repositories.ts';
import { copyPath } from '../../state/repository-copy.ts';
import type { CommandDefinition, Context } from '../command.ts';

export const command: CommandDefinition = {
  name: 'forget',
  summary: 'End the registration of a folder',
  arguments: [{ name: '<repository>', summary: 'its name, as `vmb list` shows it' }],
  options: [{ flags: '--dry-run', summary: 'only tell what would be removed' }],
  details: [
    'Removed are the registration, the copy that --copy made, and the records and logs of its builds.',
    'The folder with the build files stays, and so do artifacts and the records beside them.',
    '  vmb forget mine --dry-run',
  ],
  async run(input, context) {
    const repository = await find(input.argument(0) ?? '', context);
    const removed: string[][] = [];
    for (const { what, path } of ownFilesOf(repository, context)) {
      if ((await stat(path).catch(() => undefined)) === undefined) continue;
      removed.push([amountText(await sizeOnDisk(path)), what, printable(path)]);
      if (!input.flag('dry-run')) await rm(path, { recursive: true, force: true });
    }
    const done = input.flag('dry-run') ? 'would be removed' : 'removed';
    const kept = printable(repository.copyOf ?? repository.folder);
    context.stdout.write(
      `${columns(removed).join('\n')}\n${quoted(repository.name)}: ${done}. ${kept} stays as it is.\n`,
    );
    return 0;
  },
};

/** The registration last: what a killed vmb leaves can be forgotten again. */
function ownFilesOf({ name, copyOf }: Repository, { folders }: Context): { what: string; path: string }[] {
  return [
    ...(copyOf === undefined ? [] : [{ what: 'copy', path: copyPath(folders.state, name) }]),
    { what: 'records', path: recordsFolder(folders.state, name) },
    { what: 'logs', path: logsFolder(folders.state, name) },
    { what: 'registration', path: registrationPath(folders.config, name) },
  ];
}

async function find(name: string, context: Context): Promise<Repository> {
  if (name === bundledName) {
    throw new RunnerError('usage', `${quoted(name)} comes with vmb and is always there; name another repository.`);
  }
  const repositories = await listRepositories(context.folders.config, context.imagesFolder);
  const found = repositories.find((repository) => repository.name === name);
  if (found !== undefined) return found;
  const names = repositories.map((repository) => repository.name).filter((known) => known !== bundledName);
  const choice = names.length === 0 ? 'none is registered' : `use one of: ${names.join(', ')}`;
  throw new RunnerError('usage', `There is no repository ${quoted(name)}${didYouMean(name, names)}; ${choice}.`);
}
