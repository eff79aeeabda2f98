// Where vmb keeps what it knows: the XDG folders, or everything below VMB_HOME.
import { isAbsolute, join, resolve } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Absolute paths; none has to exist yet. */
export interface Folders {
  /** Registered repositories: small, worth a backup. */
  readonly config: string;
  /** Build-VMs, an adapter's verdicts: can be made again. */
  readonly cache: string;
  /** Records of builds, and the work folders of running ones. */
  readonly state: string;
  /** Sockets: short paths, gone after a reboot. */
  readonly runtime: string;
}

/**
 * Specification: XDG Base Directory 0.8; as it says, a relative path in one of its variables is ignored.
 * VMB_HOME moves everything, and may be relative to `cwd`.
 */
export function foldersOf(environment: Environment, home: string, cwd: string): Folders {
  const moved = environment['VMB_HOME'];
  if (moved !== undefined && moved !== '') {
    const root = resolve(cwd, moved);
    return {
      config: join(root, 'config'),
      cache: join(root, 'cache'),
      state: join(root, 'state'),
      runtime: join(root, 'runtime'),
    };
  }
  const xdg = (variable: string, otherwise: string): string => {
    const value = environment[variable];
    return value !== undefined && isAbsolute(value) ? join(value, 'vmb') : otherwise;
  };
  const state = xdg('XDG_STATE_HOME', join(home, '.local', 'state', 'vmb'));
  return {
    config: xdg('XDG_CONFIG_HOME', join(home, '.config', 'vmb')),
    cache: xdg('XDG_CACHE_HOME', join(home, '.cache', 'vmb')),
    state,
    runtime: xdg('XDG_RUNTIME_DIR', join(state, 'run')),
  };
}
