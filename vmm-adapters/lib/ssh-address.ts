// Reads the address of another machine as it is typed: ssh://[user@]host[:port]; pure.

export interface HostAddress {
  /** As it was typed. */
  readonly text: string;
  /** Undefined: as ssh's configuration says, else the name of the user here. */
  readonly user: string | undefined;
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

export type ParsedAddress =
  | { readonly ok: true; readonly address: HostAddress }
  | { readonly ok: false; readonly because: string };

/** No part may begin with a dash or hold a blank: they become words of a command line (ssh -G). */
const form = /^ssh:\/\/(?:(?<user>[^@/\s]*)@)?(?<host>\[[^\]]*\]|[^@/:\s[\]]*)(?::(?<port>[^/]*))?\/?$/;

export function parseHostAddress(text: string): ParsedAddress {
  const { user, host = '', port } = form.exec(text)?.groups ?? {};
  const no = (because: string): ParsedAddress => ({ ok: false, because });
  if (host === '')
    return no('this is no address of a machine; write it like ssh://joe@build1 or ssh://joe@build1:2222');
  if (user?.includes(':') === true) {
    return no('a password has no place on a command line, where everybody can read it; use an ssh agent or a key');
  }
  if (user !== undefined && !/^[A-Za-z0-9_.][A-Za-z0-9_.\\-]*\$?$/.test(user)) return no('this is no name of a user');
  const plain = host.startsWith('[') ? host.slice(1, -1) : host;
  const isAddress = host.startsWith('[') && /^[0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?$/.test(plain);
  const isName = !host.startsWith('[') && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(plain);
  if (!isAddress && !isName) return no('this is no name of a machine');
  if (port !== undefined && !(/^[1-9]\d{0,4}$/.test(port) && Number(port) < 65_536)) {
    return no('a port is a number from 1 to 65535');
  }
  return { ok: true, address: { text, user, host: plain, port: port === undefined ? undefined : Number(port) } };
}
