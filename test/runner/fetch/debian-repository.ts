// A small Debian archive in a folder, and the commands of a machine whose apt knows nothing but it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandRunner, localCommands } from '../../../vmm-adapters/lib/command.ts';

export interface SamplePackage {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  readonly essential?: true;
}

export interface Repository {
  readonly folder: string;
  readonly commands: CommandRunner;
  /** The words of every call of an apt program. */
  readonly calls: string[];
  sha256(name: string): string;
}

export function makeRepository(folder: string, packages: readonly SamplePackage[]): Repository {
  const digests = new Map<string, string>();
  const stanzas = packages.map((one) => {
    const poolPath = `pool/main/${one.name}/${one.name}_${one.version.replace(/^\d+:/, '')}_all.deb`;
    const deb = join(folder, poolPath);
    const control = controlOf(one);
    mkdirSync(join(folder, 'tree', one.name, 'DEBIAN'), { recursive: true });
    mkdirSync(join(deb, '..'), { recursive: true });
    writeFileSync(join(folder, 'tree', one.name, 'DEBIAN/control'), control);
    const args = ['--root-owner-group', '-Znone', '--build', join(folder, 'tree', one.name), deb];
    execFileSync('dpkg-deb', args, { stdio: 'ignore', env: { ...process.env, SOURCE_DATE_EPOCH: '0' } });
    const bytes = readFileSync(deb);
    digests.set(one.name, createHash('sha256').update(bytes).digest('hex'));
    return `${control}Filename: ${poolPath}\nSize: ${bytes.length}\nSHA256: ${digests.get(one.name)}\n`;
  });
  writeFileSync(join(folder, 'Packages'), stanzas.join('\n'));
  writeFileSync(join(folder, 'sources.list'), `deb [trusted=yes] file:${folder} ./\n`);
  const settings = `Dir::Etc::sourcelist "${folder}/sources.list";\nDir::Etc::sourceparts "/dev/null";\n`;
  writeFileSync(join(folder, 'apt.conf'), settings);
  const env = { PATH: process.env['PATH'] ?? '', APT_CONFIG: join(folder, 'apt.conf') };
  const calls: string[] = [];
  const commands: CommandRunner = {
    ...localCommands,
    run(file, args, options) {
      const verb = args.find((word) => ['update', 'show', 'download', 'install'].includes(word)) ?? '';
      const words = args.includes('--') ? args.slice(args.indexOf('--') + 1) : [];
      calls.push([file, verb, ...words].join(' '));
      return localCommands.run(file, args, { ...options, env });
    },
  };
  return { folder, commands, calls, sha256: (name) => digests.get(name) ?? '' };
}

function controlOf({ name, version, depends, essential }: SamplePackage): string {
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    'Architecture: all',
    'Maintainer: Nobody <nobody@example.org>',
    ...(depends === undefined ? [] : [`Depends: ${depends}`]),
    ...(essential === undefined ? [] : ['Essential: yes']),
    `Description: ${name}\n`,
  ].join('\n');
}
