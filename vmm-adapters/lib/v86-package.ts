// Finds the npm package v86 without loading it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface V86Package {
  readonly version: string;
  readonly wasmPath: string;
}

/** Undefined when it is not installed. */
export function findV86Package(): V86Package | undefined {
  const { resolve } = createRequire(import.meta.url);
  try {
    const description: unknown = JSON.parse(readFileSync(resolve('v86/package.json'), 'utf8'));
    if (typeof description !== 'object' || description === null || !('version' in description)) return undefined;
    return { version: String(description.version), wasmPath: resolve('v86/build/v86.wasm') };
  } catch {
    return undefined;
  }
}
