// `vmb list`: the builds of all repositories, and the images that were built of them.
import { harmlessJson, printable } from '../../printable.ts';
import { amountText } from '../../report/amounts.ts';
import { columns } from '../../report/columns.ts';
import type { CommandDefinition } from '../command.ts';
import { type ListedBuild, listBuilds } from '../list-builds.ts';

export const command: CommandDefinition = {
  name: 'list',
  summary: 'List the builds of all repositories',
  options: [{ flags: '--json', summary: 'print one JSON document' }],
  details: [
    'Build one of them with `vmb build --repo REPOSITORY --name NAME`.',
    'An image is up to date when a build now would have the same fingerprint in its last step, which covers the build file,',
    'every file that it names, and the build-VM, and when its files are still where they were put.',
  ],
  async run(input, context) {
    const { repositories, builds, problems } = await listBuilds(context);
    if (input.flag('json')) {
      context.stdout.write(
        `${harmlessJson(JSON.stringify({ schema: 1, repositories, builds, problems }, undefined, 2))}\n`,
      );
      return 0;
    }
    const head = ['REPOSITORY', 'NAME', 'VERSION', 'ARCH', 'BUILT (UTC)', 'STATE', 'SUMMARY'];
    const lines = columns([head, ...builds.map(buildRow)]);
    const images = builds.flatMap((build) => build.artifacts.map((artifact) => imageRow(build, artifact)));
    if (images.length > 0) lines.push('', ...columns([['BUILD', 'SIZE', 'SHA-256', 'IMAGE'], ...images]));
    context.stdout.write(`${lines.map(printable).join('\n')}\n`);
    for (const problem of problems) context.stderr.write(`${problem}\n`);
    return 0;
  },
};

function buildRow(build: ListedBuild): string[] {
  const { repository, version, arch, builtAt = '', summary } = build;
  const built = builtAt === '' ? '-' : builtAt.slice(0, 16).replace('T', ' ');
  return [repository, nameOf(build), version, arch, built, stateOf(build), summary];
}

function imageRow(build: ListedBuild, { path, sizeBytes, sha256 }: ListedBuild['artifacts'][number]): string[] {
  const { repository, version, arch } = build;
  return [`${repository}/${nameOf(build)} ${version} ${arch}`, amountText(sizeBytes), sha256, path];
}

function nameOf({ name, variant }: ListedBuild): string {
  return variant === undefined ? name : `${name} (${variant})`;
}

function stateOf({ state, because }: ListedBuild): string {
  switch (state) {
    case 'never':
      return '-';
    case 'current':
      return 'up to date';
    case 'changed':
      return `changed: ${because}`;
    case 'unknown':
      return `unknown: ${because}`;
  }
}
