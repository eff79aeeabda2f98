// The kernel's configuration as text: fragments read, put together, and the final .config compared with what they ask for.
import { BuildVmError } from './build-vm-error.ts';

/** One line of a fragment: a symbol, what it must be, and where that is written. `n` forbids the symbol. */
export interface ConfigWish {
  readonly symbol: string;
  /** As in a .config: y, n, a number, or a text in double quotes. */
  readonly value: string;
  /** "disks.config:12". */
  readonly where: string;
}

const wishPattern = /^CONFIG_([A-Za-z0-9_]+)=(y|n|-?[0-9]+|"[^"]*") {2}# \S.*$/;

/**
 * Reads a fragment: empty lines, comment lines, and `CONFIG_NAME=value  # reason` lines.
 * @throws BuildVmError `kernel-config` for a line that is none of these, such as one without a reason.
 */
export function parseFragment(text: string, fileName: string): ConfigWish[] {
  return text.split('\n').flatMap((line, index) => {
    if (line === '' || line.startsWith('#')) return [];
    const where = `${fileName}:${index + 1}`;
    const [, symbol, value] = wishPattern.exec(line) ?? [];
    if (symbol !== undefined && value !== undefined) return [{ symbol, value, where }];
    throw new BuildVmError(
      'kernel-config',
      `${where}: ${JSON.stringify(line)} is not a line of a fragment. Write CONFIG_NAME=value, two spaces, # and the reason.`,
    );
  });
}

/**
 * The text that `make allnoconfig` reads through KCONFIG_ALLCONFIG, sorted: a line that moves compiles no kernel anew.
 * @throws BuildVmError `kernel-config` when two lines name the same symbol.
 */
export function formatWishes(wishes: readonly ConfigWish[]): string {
  const seen = new Map<string, ConfigWish>();
  for (const wish of wishes) {
    const earlier = seen.get(wish.symbol);
    if (earlier !== undefined) {
      throw new BuildVmError(
        'kernel-config',
        `${wish.where}: CONFIG_${wish.symbol} is already decided at ${earlier.where}. Keep one of the two lines.`,
      );
    }
    seen.set(wish.symbol, wish);
  }
  const lines = wishes.map((wish) => `CONFIG_${wish.symbol}=${wish.value}\n`);
  return lines.sort().join('');
}

/**
 * Compares the final configuration with the wishes.
 * @param knownSymbols every symbol that the kernel's Kconfig files define; a wish for another one is a slip of the pen
 * @throws BuildVmError `kernel-config` naming each symbol that differs, and where it is asked for.
 */
export function checkConfig(dotConfig: string, wishes: readonly ConfigWish[], knownSymbols: ReadonlySet<string>): void {
  const finals = new Map<string, string>();
  for (const line of dotConfig.split('\n')) {
    const [, symbol, value] = /^CONFIG_([A-Za-z0-9_]+)=(.*)$/.exec(line) ?? [];
    if (symbol !== undefined && value !== undefined) finals.set(symbol, value);
  }
  const complaints = wishes.flatMap(({ symbol, value, where }) => {
    if (!knownSymbols.has(symbol)) return [`${where}: CONFIG_${symbol} does not exist in this kernel.`];
    const final = finals.get(symbol) ?? 'n';
    return final === value ? [] : [`${where}: CONFIG_${symbol} must be ${value}, but is ${final}.`];
  });
  if (complaints.length === 0) return;
  throw new BuildVmError(
    'kernel-config',
    `${complaints.join('\n')}\nThe final configuration differs from the fragments, because of what these symbols depend on or are selected by. Look them up in the kernel's Kconfig files and add or correct lines.`,
  );
}

/** The symbols that one Kconfig file defines. */
export function symbolsDefinedIn(kconfig: string): string[] {
  return [...kconfig.matchAll(/^\s*(?:menu)?config\s+([A-Za-z0-9_]+)\s*$/gm)].flatMap(([, symbol]) => symbol ?? []);
}
