// build-vm/inputs.lock: which package versions a build-VM is made from. Text in, data out, and back; no host is named in it.
import { readFile } from 'node:fs/promises';
import { BuildVmError } from './build-vm-error.ts';

export interface PinnedInput {
  readonly name: string;
  /** As Debian names it: amd64, i386, all. */
  readonly architecture: string;
  readonly version: string;
  /** Of the .deb. */
  readonly sha256: string;
}

/** A package of the host that takes part in making; its version is compared, nothing is fetched. */
export type PinnedTool = Omit<PinnedInput, 'sha256'>;

export interface InputsLock {
  readonly inputs: readonly PinnedInput[];
  readonly tools: readonly PinnedTool[];
}

const head = `# Debian packages that the build-VM is made from (input) and with (tool). Written by "make build-vm-lock".
# input NAME ARCHITECTURE VERSION SHA-256 OF THE .deb | tool NAME ARCHITECTURE VERSION
`;

const inputPattern = /^input ([a-z0-9][a-z0-9+.-]+) (amd64|i386|all) ([A-Za-z0-9.+:~-]+) ([0-9a-f]{64})$/;
const toolPattern = /^tool ([a-z0-9][a-z0-9+.-]+) (amd64|i386|all) ([A-Za-z0-9.+:~-]+)$/;

/** @throws BuildVmError `input-wrong` naming file and line. */
export function parseInputsLock(text: string, fileName: string): InputsLock {
  const inputs: PinnedInput[] = [];
  const tools: PinnedTool[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, architecture, version, sha256] = inputPattern.exec(line) ?? toolPattern.exec(line) ?? [];
    if (name === undefined || architecture === undefined || version === undefined) {
      throw new BuildVmError(
        'input-wrong',
        `${fileName}:${index + 1}: ${JSON.stringify(line)} is not a line of a lock. Take the committed file back, or run "make build-vm-lock".`,
      );
    }
    if (sha256 === undefined) tools.push({ name, architecture, version });
    else inputs.push({ name, architecture, version, sha256 });
  }
  return { inputs, tools };
}

export function formatInputsLock(lock: InputsLock): string {
  const inputs = lock.inputs.map(
    (input) => `input ${input.name} ${input.architecture} ${input.version} ${input.sha256}\n`,
  );
  const tools = lock.tools.map((tool) => `tool ${tool.name} ${tool.architecture} ${tool.version}\n`);
  return head + [...inputs.sort(), ...tools.sort()].join('');
}

/** The lock in `file`; an empty one when there is no such file. */
export async function readInputsLock(file: string): Promise<InputsLock> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return parseInputsLock(text, file);
}

/** How what was taken differs from what is pinned; one line for each package, none when all is as pinned. */
export function differencesFromLock(
  lock: InputsLock,
  taken: readonly PinnedInput[],
  tools: readonly PinnedTool[],
): string[] {
  const lines = taken.flatMap((input) => {
    const pin = lock.inputs.find((candidate) => isSamePackage(candidate, input));
    if (pin === undefined) return [`${input.name} ${input.version} is not pinned`];
    if (pin.version !== input.version) return [`${input.name} ${input.version} instead of the pinned ${pin.version}`];
    return pin.sha256 === input.sha256 ? [] : [`${input.name} ${input.version} has other bytes than the pinned ones`];
  });
  const toolLines = tools.flatMap((tool) => {
    const pin = lock.tools.find((candidate) => isSamePackage(candidate, tool));
    if (pin === undefined) return [`${tool.name} ${tool.version} (tool) is not pinned`];
    return pin.version === tool.version
      ? []
      : [`${tool.name} ${tool.version} (tool) instead of the pinned ${pin.version}`];
  });
  return [...lines, ...toolLines];
}

/** Architecture `all` and the real one are the same package: Debian moves packages between the two. */
function isSamePackage(a: PinnedTool, b: PinnedTool): boolean {
  return (
    a.name === b.name && (a.architecture === b.architecture || a.architecture === 'all' || b.architecture === 'all')
  );
}
