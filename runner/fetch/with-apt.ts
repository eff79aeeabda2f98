// Opens the host's apt for one purpose: its own sources and trust, lists of our own, everything removed afterwards.
import { mkdir, rm } from 'node:fs/promises';
import { type Apt, openApt } from '../../build-vm/make/apt.ts';
import { AdapterError } from '../../vmm-adapters/lib/adapter-error.ts';
import { type CommandRunner, localCommands } from '../../vmm-adapters/lib/command.ts';
import type { Folders } from '../state/folders.ts';
import { FetchError } from './fetch-error.ts';
import { openStore } from './store.ts';

export interface AptFacts {
  readonly folders: Pick<Folders, 'cache'>;
  readonly commands?: CommandRunner;
  readonly signal: AbortSignal;
}

export interface OpenedApt {
  readonly apt: Apt;
  /** On the store's filesystem; removed when this is over. */
  readonly folder: string;
}

/** With fresh lists. @throws FetchError `no-package` in apt's words */
export async function withApt<T>(
  debianArch: string,
  facts: AptFacts,
  ask: (opened: OpenedApt) => Promise<T>,
): Promise<T> {
  const folder = await openStore(facts.folders.cache).newFile();
  await mkdir(folder);
  const { commands = localCommands, signal } = facts;
  const interruptible: CommandRunner = {
    ...commands,
    run: (file, args, options) => commands.run(file, args, { signal, ...options }),
  };
  try {
    const apt = await openApt(folder, debianArch, interruptible);
    const { lists, cause } = await apt.update();
    if (lists === 'none') throw aptRefusal(cause);
    return await ask({ apt, folder });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AdapterError) throw aptRefusal(error);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In apt's own words, as far as they are an error, and without what may be a password in an address. */
function aptRefusal(cause: unknown): FetchError {
  if (cause instanceof AdapterError && cause.code === 'program-missing') {
    return new FetchError('no-package', 'apt-get is not installed on this machine', { cause });
  }
  const text = cause instanceof Error ? cause.message : String(cause);
  const said = [...text.matchAll(/^E: (.*)$/gm)].map(([, words]) => words ?? '').at(-1) ?? 'apt-get failed';
  return new FetchError('no-package', `apt-get: ${said.replace(/\/\/[^/ ]*@/g, '//…@').replace(/\.$/, '')}`, { cause });
}
