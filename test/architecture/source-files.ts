// The sources as the architecture tests see them: text, and what it imports.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';

export interface Import {
  /** Another source file, from the checkout's folder; a package; or a module of Node, "node:fs". */
  readonly target: string;
  readonly kind: 'source' | 'package' | 'node';
  /** Gone after compiling. */
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** From the checkout's folder, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export const root = join(import.meta.dirname, '../..');
const sourceFolders = ['base', 'build-vm', 'jobs', 'runner', 'vmm-adapters'];

export async function readSources(): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of await sourcePaths('.ts')) {
    files.push(sourceFile(path, await readFile(join(root, path), 'utf8')));
  }
  return files;
}

export async function sourcePaths(ending: string): Promise<string[]> {
  const paths: string[] = [];
  for (const folder of sourceFolders) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name).slice(root.length + 1);
      if (entry.isFile() && path.endsWith(ending)) paths.push(path);
    }
  }
  return paths.sort();
}

const statement = /^(?:import|export)\s+(type\s)?([^;'"]*?)\s*from\s+'([^']+)'/gm;
const sideEffect = /^import\s+'([^']+)'/gm;
const dynamic = /\bimport\('([^']+)'\)/g;

export function sourceFile(path: string, text: string): SourceFile {
  const found = (specifier: string, isTypeOnly: boolean): Import => {
    if (specifier.startsWith('node:')) return { target: specifier, kind: 'node', isTypeOnly };
    if (specifier.startsWith('.'))
      return { target: normalize(join(dirname(path), specifier)), kind: 'source', isTypeOnly };
    const parts = specifier.split('/');
    return { target: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/'), kind: 'package', isTypeOnly };
  };
  const imports = [
    ...[...text.matchAll(statement)].map(([, type, names = '', specifier = '']) =>
      found(specifier, type !== undefined || namesOnlyTypes(names)),
    ),
    ...[...text.matchAll(sideEffect), ...text.matchAll(dynamic)].map(([, specifier = '']) => found(specifier, false)),
  ];
  return { path, text, imports };
}

/** `{ type A, type B }` */
function namesOnlyTypes(names: string): boolean {
  const inner = /^\{(.*)\}$/s.exec(names)?.[1];
  if (inner === undefined) return false;
  return inner.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '));
}
