// What came with this vmb: its version, and the folder of the bundled repository.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Installation {
  readonly version: string;
  /** Folder of the repository `images`, which is always there. */
  readonly imagesFolder: string;
}

/** Looks upwards for package.json: this file lies at another depth in the sources than once compiled. */
export function installation(): Installation {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const version = versionIn(join(folder, 'package.json'));
    if (version !== undefined) return { version, imagesFolder: join(folder, 'images') };
  }
  throw new Error('package.json of vmb is missing');
}

function versionIn(path: string): string | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof content !== 'object' || content === null || !('name' in content) || content.name !== 'vmb')
      return undefined;
    return 'version' in content && typeof content.version === 'string' ? content.version : undefined;
  } catch {
    return undefined;
  }
}
