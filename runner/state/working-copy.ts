// What git says of a folder: the commit that is checked out, and whether files differ from it. Runs nothing that the folder brings along.
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import type { Environment } from './folders.ts';

export interface WorkingCopy {
  /** 40 (or 64) hex digits. */
  readonly commit: string;
  /** Files in the folder differ from the commit, or are not in it. */
  readonly dirty: boolean;
}

/**
 * What could start programs by a repository's own configuration (gitattributes(5), githooks(7), git-config(1)) is switched off:
 * fsmonitor, hooks, transports of lazy fetches, filters, a repository that lies in another one as plain files. The index is not written.
 */
const harmless = [
  '--no-optional-locks',
  ...['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'safe.bareRepository=explicit'],
];

/** Transports by the environment, as protocol.NAME.allow of a repository would win over protocol.allow; git(1). */
const noTransports = { GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1' };

/** Much longer than git takes for any repository. */
const patienceMs = 60_000;

/** Undefined when the folder belongs to no git working copy, has no commit yet, or git is not installed. */
export async function workingCopyOf(
  folder: string,
  environment: Environment,
  commands: CommandRunner,
  signal: AbortSignal,
): Promise<WorkingCopy | undefined> {
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const env: Record<string, string> = { ...Object.fromEntries(variables), ...noTransports };
  const git = async (...args: readonly string[]): Promise<string | undefined> => {
    try {
      const { exitCode, stdout } = await commands.run('git', [...harmless, '-C', folder, ...args], {
        env,
        okExitCodes: [0, 1, 128],
        // A pipe in the place of .gitignore would be waited for without an end.
        signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
      });
      return exitCode === 0 ? stdout : undefined;
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  };
  const commit = (await git('rev-parse', '--verify', 'HEAD^{commit}'))?.trim();
  if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
  const filters = ((await git('config', '--name-only', '--get-regexp', '^filter\\.')) ?? '').split('\n');
  const drivers = new Set(filters.flatMap((key) => /^filter\.(.*)\.[^.]+$/s.exec(key)?.[1] ?? []));
  // -c ends a name at its first "=", so that such a filter could not be switched off: then nobody compares files.
  if ([...drivers].some((name) => name.includes('='))) return { commit, dirty: true };
  const off = [...drivers].flatMap((name) =>
    ['clean=', 'process=', 'required=false'].flatMap((setting) => ['-c', `filter.${name}.${setting}`]),
  );
  const status = await git(...off, 'status', '--porcelain', '--ignore-submodules=all', '--', '.');
  return { commit, dirty: status === undefined || status !== '' };
}

/** "commit 1a2b3c4d5e6f", "commit 1a2b3c4d5e6f and changes": for people. */
export function workingCopyText({ commit, dirty }: WorkingCopy): string {
  return `commit ${commit.slice(0, 12)}${dirty ? ' and changes' : ''}`;
}
