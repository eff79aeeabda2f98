// Reads `--host ssh://user@host`: the machine that the VMM runs on, when it is not this one.
import type { AdapterDefinition } from '../../vmm-adapters/lib/adapter.ts';
import { type HostAddress, parseHostAddress } from '../../vmm-adapters/lib/ssh-address.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import type { Input, OptionDefinition } from './command.ts';

export const hostOption: OptionDefinition = {
  flags: '--host <address>',
  summary: 'run the VMM on another machine: ssh://user@host[:port]',
};

/** @throws RunnerError `usage` */
export function readHost(input: Input): HostAddress | undefined {
  const text = input.text('host');
  if (text === undefined) return undefined;
  const parsed = parseHostAddress(text);
  if (!parsed.ok) throw new RunnerError('usage', `--host ${quoted(text)}: ${parsed.because}.`);
  return parsed.address;
}

/** @throws RunnerError `usage` when the VMM runs on this machine only */
export function requireRemote({ name, remote }: AdapterDefinition, host: HostAddress | undefined): void {
  if (host === undefined || remote === true) return;
  throw new RunnerError(
    'usage',
    `--host: ${name} runs on this machine only; leave the option out, or take --vmm qemu.`,
  );
}
