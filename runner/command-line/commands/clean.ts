// `vmb clean`: removes work folders that nobody uses, kept sessions, and build-VMs that are out of date.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildVmArchs } from '../../../build-vm/make/arch.ts';
import { cacheLayout } from '../../../build-vm/make/cache-layout.ts';
import { findBuildVm } from '../../../build-vm/make/find-build-vm.ts';
import { incomingFolder, storeFolder } from '../../fetch/store.ts';
import { amountText } from '../../report/amounts.ts';
import { columns } from '../../report/columns.ts';
import { sizeOnDisk } from '../../state/folder-size.ts';
import { repositoriesFolder } from '../../state/repositories.ts';
import { copiesFolder } from '../../state/repository-copy.ts';
import { removeWorkFolder } from '../../state/sweep.ts';
import { unfinishedIn } from '../../state/unfinished.ts';
import { listWorkFolders } from '../../state/work-folder.ts';
import type { CommandDefinition, Context } from '../command.ts';

interface Removable {
  readonly path: string;
  readonly what: string;
  remove(): Promise<void>;
}

export const command: CommandDefinition = {
  name: 'clean',
  summary: 'Remove what vmb left on this machine',
  options: [
    { flags: '--all', summary: 'remove everything in the cache, the build-VM too, and what other machines left' },
    { flags: '--fetched', summary: 'remove the files that builds have fetched, too' },
    { flags: '--dry-run', summary: 'only tell what would be removed' },
  ],
  details: ['Artifacts, records, logs and registered repositories always stay, and so does what running builds use.'],
  async run(input, context) {
    const removables = await findRemovables(context, { all: input.flag('all'), fetched: input.flag('fetched') });
    const rows: string[][] = [];
    let totalBytes = 0;
    for (const { path, what, remove } of removables) {
      const sizeBytes = await sizeOnDisk(path);
      totalBytes += sizeBytes;
      rows.push([amountText(sizeBytes), what, path]);
      if (!input.flag('dry-run')) await remove();
    }
    const done = input.flag('dry-run') ? 'would be removed' : 'removed';
    const total = rows.length === 0 ? 'Nothing to remove.' : `${amountText(totalBytes)} ${done}.`;
    context.stdout.write(`${[...columns(rows), total].join('\n')}\n`);
    return 0;
  },
};

async function findRemovables(
  context: Context,
  { all, fetched }: { readonly all: boolean; readonly fetched: boolean },
): Promise<Removable[]> {
  const work = await listWorkFolders(context.folders.state);
  const removables: Removable[] = await halfDone(context);
  for (const { path, status } of work) {
    if (status === 'running' || (status === 'elsewhere' && !all)) continue;
    removables.push({
      path,
      what: { kept: 'kept session', 'left-behind': 'left behind', elsewhere: 'of another machine' }[status],
      remove: () => removeWorkFolder(path, context.registry.findAdapter),
    });
  }
  if (work.some(({ status }) => status === 'running')) {
    context.stderr.write('A build is running; the cache stays as it is.\n');
    return removables;
  }
  if (all) return [...removables, ...(await childrenOf(context.folders.cache, 'cache'))];
  return [...removables, ...(await oldBuildVms(context)), ...(await storedFiles(context, fetched))];
}

/** What was loaded, copied or registered when a vmb was killed. */
async function halfDone({ folders }: Context): Promise<Removable[]> {
  const buildVms = cacheLayout(folders.cache).root;
  const places = [
    ...[buildVms, join(buildVms, 'by-source')],
    ...[folders.cache, copiesFolder(folders.state), repositoriesFolder(folders.config)],
  ];
  const paths = await unfinishedIn(places);
  return paths.map((path) => ({
    path,
    what: 'left half done',
    remove: () => rm(path, { recursive: true, force: true }),
  }));
}

/** Finished build-VMs beside those that builds use now. */
async function oldBuildVms({ folders }: Context): Promise<Removable[]> {
  const current = buildVmArchs.flatMap((arch) => findBuildVm({ cacheFolder: folders.cache, arch })?.folder ?? []);
  const [first] = current;
  if (first === undefined) return [];
  const beside = await childrenOf(join(first, '..'), 'old build-VM');
  return beside.filter(({ path }) => !current.includes(path));
}

/** All that was fetched, or what a killed vmb left half fetched. */
async function storedFiles({ folders }: Context, all: boolean): Promise<Removable[]> {
  const folder = storeFolder(folders.cache);
  const algorithms = all ? await childrenOf(folder, 'fetched files') : [];
  const incoming = await childrenOf(incomingFolder(folders.cache), 'half fetched');
  return [...algorithms.filter(({ path }) => path !== incomingFolder(folders.cache)), ...incoming];
}

async function childrenOf(folder: string, what: string): Promise<Removable[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort().map((name) => {
    const path = join(folder, name);
    return { path, what, remove: () => rm(path, { recursive: true, force: true }) };
  });
}
