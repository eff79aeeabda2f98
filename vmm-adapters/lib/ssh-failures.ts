// Says in whole sentences why there is no connection to another machine, or none any more; pure.
import { AdapterError } from './adapter-error.ts';
import { fingerprintOf, type HostKeyVerdict, keyTypeOf } from './ssh-known-hosts.ts';
import type { SshSettings } from './ssh-settings.ts';

type BadVerdict = Exclude<HostKeyVerdict, { kind: 'known' }>;

export function hostKeyFailure(verdict: BadVerdict, key: Buffer, settings: SshSettings, name: string): AdapterError {
  const fingerprint = `${keyTypeOf(key)} ${fingerprintOf(key)}`.replace(/[^\x20-\x7e]/g, '?');
  return new AdapterError('host-key', `${name}: ${sentence(verdict, settings, fingerprint)}`);
}

function sentence(verdict: BadVerdict, { host, port, knownName }: SshSettings, fingerprint: string): string {
  switch (verdict.kind) {
    case 'unknown': {
      const portWords = port === 22 ? '' : ` -p ${port}`;
      return `this machine's key is not in known_hosts, so nobody knows whether it is the right machine. Its key is ${fingerprint}. Compare that with what its owner says, then: ssh-keyscan${portWords} ${host} >> ~/.ssh/known_hosts`;
    }
    case 'changed':
      return `this machine shows another key (${fingerprint}) than the one at ${verdict.where}: it was set up anew, or it is another machine that pretends. Ask its owner; if the new key is right: ssh-keygen -R '${knownName}', then ssh-keyscan as for a new machine.`;
    case 'revoked':
      return `this machine shows a key (${fingerprint}) that ${verdict.where} calls revoked: somebody else may have it. Ask its owner for a new one.`;
    default:
      return unreachable(verdict);
  }
}

/** `locked`: identity files that could not be used, because they have a passphrase or a kind of key that vmb does not know. */
export function connectionFailure(
  error: Error & { readonly level?: string; readonly code?: unknown },
  settings: SshSettings,
  name: string,
  locked: readonly string[],
): AdapterError {
  if (error.level === 'client-authentication') {
    return new AdapterError('host-login', loginMessage(settings, name, locked), { cause: error });
  }
  const because = typeof error.code === 'string' ? reasons.get(error.code) : undefined;
  const where = `${settings.host}, port ${settings.port}`;
  const told = because ?? `no connection to ${where}: ${error.message}`;
  return new AdapterError('host-unreachable', `${name}: ${told.replace('WHERE', where)}.`, { cause: error });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing answers at WHERE; start sshd there, or correct the port'],
  ['ENOTFOUND', 'there is no machine of this name (WHERE); correct the name'],
  ['EAI_AGAIN', 'the name could not be looked up (WHERE); look at this machine’s network'],
  ['ETIMEDOUT', 'the machine does not answer (WHERE); start it, or look at the network in between'],
  ['EHOSTUNREACH', 'there is no way to this machine (WHERE); start it, or look at the network in between'],
  ['ENETUNREACH', 'there is no way to this machine (WHERE); look at this machine’s network'],
]);

function loginMessage({ user, agent, identityFiles }: SshSettings, name: string, locked: readonly string[]): string {
  const usable = identityFiles.filter((path) => !locked.includes(path));
  const tried = [...(agent === undefined ? [] : ['the keys of the ssh agent']), ...usable];
  const what = tried.length === 0 ? 'There is neither an ssh agent nor a key to try' : `Tried: ${tried.join(', ')}`;
  const keys =
    locked.length === 0
      ? ''
      : ` Not tried, for a passphrase or an unknown kind of key: ${locked.join(', ')} (ssh-add gives them to the agent).`;
  return `${name}: the machine does not let the user "${user}" in. ${what}.${keys} Correct the user's name, or put your public key there: ssh-copy-id`;
}

export function lostMessage(name: string, reason: string): string {
  const because = /keepalive/i.test(reason) ? 'it did not answer for 20 s' : reason.replace(/\.$/, '');
  return `The connection to ${name} was lost: ${because}. What vmb started there ends by itself; build again when the machine can be reached.`;
}

function unreachable(value: never): never {
  throw new Error(`Internal error: ${JSON.stringify(value)}`);
}
