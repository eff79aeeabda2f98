// `vmb list`: the builds of all repositories, and when each was built last.
import { findBuildFiles, readHead } from '../../build-file/find-build-files.ts';
import { shortPath } from '../../build-file/mistakes.ts';
import { printable, quoted } from '../../printable.ts';
import { columns } from '../../report/columns.ts';
import { lastBuildAt } from '../../state/last-build.ts';
import { listRepositories } from '../../state/repositories.ts';
import type { CommandDefinition, Context } from '../command.ts';

interface Listed {
  readonly repository: string;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly summary: string;
  readonly path: string;
  /** ISO 8601, UTC; undefined when it was never built here. */
  readonly builtAt: string | undefined;
}

export const command: CommandDefinition = {
  name: 'list',
  summary: 'List the builds of all repositories',
  options: [{ flags: '--json', summary: 'print one JSON document' }],
  details: ['Build one of them with `vmb build --repo REPOSITORY --name NAME`.'],
  async run(input, context) {
    const { listed, problems } = await listBuilds(context);
    if (input.flag('json')) {
      context.stdout.write(`${JSON.stringify({ schema: 1, builds: listed, problems }, undefined, 2)}\n`);
      return 0;
    }
    const rows = listed.map((build) => [
      build.repository,
      build.name,
      build.version,
      build.arch,
      build.builtAt === undefined ? '-' : build.builtAt.slice(0, 16).replace('T', ' '),
      build.summary,
    ]);
    const table = columns([['REPOSITORY', 'NAME', 'VERSION', 'ARCH', 'BUILT (UTC)', 'SUMMARY'], ...rows]);
    context.stdout.write(`${table.map(printable).join('\n')}\n`);
    for (const problem of problems) context.stderr.write(`${problem}\n`);
    return 0;
  },
};

async function listBuilds(context: Context): Promise<{ listed: Listed[]; problems: string[] }> {
  const listed: Listed[] = [];
  const problems: string[] = [];
  for (const { name: repository, folder } of await listRepositories(context.folders.config, context.imagesFolder)) {
    const paths = await findBuildFiles(folder).catch(() => undefined);
    if (paths === undefined) {
      problems.push(`The folder of the repository ${quoted(repository)} cannot be read: ${printable(folder)}`);
    }
    for (const path of paths ?? []) {
      const { name, version, arch, summary } = await readHead(path);
      if (name === undefined || version === undefined || arch === undefined) {
        const shown = printable(shortPath(path, context.cwd));
        problems.push(`${shown}: this build file cannot be listed; \`vmb import --path\` its folder tells why`);
        continue;
      }
      const build = { repository, name, version, arch };
      const builtAt = await lastBuildAt(context.folders.state, build);
      listed.push({ ...build, summary: summary ?? '', path, builtAt });
    }
  }
  return { listed, problems };
}
