// Asks the QEMU program what it is and what it was built with.
import { AdapterError } from './adapter-error.ts';
import type { CommandRunner } from './command.ts';
import { makeQmpReader, type QmpMessage } from './qmp-messages.ts';

export interface QemuFacts {
  /** "7.2.22" */
  readonly version: string;
  /** Names of machines, aliases too. */
  readonly machines: readonly string[];
  /** "tcg", "kvm", … */
  readonly accelerators: readonly string[];
  /** Whether it can give up system calls that it does not need. */
  readonly sandbox: boolean;
}

export const qemuProgram = 'qemu-system-x86_64';

/** Below it QEMU lacks machine properties that we set. */
export const oldestQemu = '6.0.0';

const questions = [
  { execute: 'qmp_capabilities' },
  { execute: 'query-version' },
  { execute: 'query-machines' },
  { execute: 'qom-list-types', arguments: { implements: 'accel', abstract: false } },
  { execute: 'query-command-line-options' },
  { execute: 'quit' },
];

/** One start of QEMU without any machine. @throws AdapterError */
export async function askQemu(commands: CommandRunner, signal: AbortSignal): Promise<QemuFacts> {
  const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
  const args = ['-machine', 'none', '-nodefaults', '-no-user-config', '-display', 'none', '-qmp', 'stdio'];
  const { stdout } = await commands.run(qemuProgram, args, { input, signal });
  const messages = makeQmpReader().take(stdout);
  const [, version, machines, accelerators, options] = messages.filter(isAnswer);
  const facts: QemuFacts = {
    version: versionOf(version),
    machines: namesOf(machines, 'name').concat(namesOf(machines, 'alias')),
    accelerators: namesOf(accelerators, 'name')
      .filter(isAccelerator)
      .map((name) => name.slice(0, -accelerator.length)),
    sandbox: namesOf(options, 'option').includes('sandbox'),
  };
  if (facts.version === '') {
    throw new AdapterError('program-failed', `${qemuProgram} does not tell its version. It said:\n${stdout.trim()}`);
  }
  return facts;
}

/** Whether `version` is `oldest` or newer; both like "7.2.22". */
export function isAtLeast(version: string, oldest: string): boolean {
  const [wanted, given] = [oldest, version].map((text) => text.split('.').map(Number));
  for (const [index, number] of (wanted ?? []).entries()) {
    const difference = (given?.[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

const accelerator = '-accel';

function isAccelerator(name: string): boolean {
  return name.endsWith(accelerator);
}

type Answer = Extract<QmpMessage, { kind: 'return' | 'error' }>;

function isAnswer(message: QmpMessage): message is Answer {
  return message.kind === 'return' || message.kind === 'error';
}

function versionOf(answer: Answer | undefined): string {
  const numbers = field(answer?.kind === 'return' ? answer.value : undefined, 'qemu');
  const parts = ['major', 'minor', 'micro'].map((part) => field(numbers, part));
  return parts.every((part) => typeof part === 'number') ? parts.join('.') : '';
}

function namesOf(answer: Answer | undefined, key: string): string[] {
  if (answer?.kind !== 'return' || !Array.isArray(answer.value)) return [];
  return answer.value.map((entry) => field(entry, key)).filter((name) => typeof name === 'string');
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(key)
    : undefined;
}
