// What a lock says anew, in words: nobody but its reader can tell whether that deserves trust.
import { amountText } from '../report/amounts.ts';
import { columns } from '../report/columns.ts';
import type { LockedFile, LockedPackage } from './build-lock.ts';

export type Trusted =
  | {
      readonly kind: 'file';
      readonly key: string;
      readonly locked: LockedFile;
      /** The place that it came from, without secrets. */
      readonly shown: string;
      /** "https", "http", "this machine", "apt": who says that it is what it should be. */
      readonly way: 'https' | 'http' | 'file' | 'apt';
      /** When it was changed last, of packages when their archive was released; seconds since 1970, where that is known. */
      readonly modifiedSeconds: number | undefined;
    }
  | {
      readonly kind: 'packages';
      readonly key: string;
      readonly list: readonly LockedPackage[];
      readonly modifiedSeconds: number | undefined;
    };

const ways = {
  https: 'over https, from whom the certificate names',
  http: 'over http, where anybody on the way may have changed it',
  file: 'as it lies on this machine',
  apt: 'as the apt sources of this machine have it',
};

export function trustedLines(one: Trusted): string[] {
  if (one.kind === 'file') {
    const { digest, sizeBytes } = one.locked;
    return [`${one.shown}: ${amountText(sizeBytes)}, taken ${ways[one.way]}`, `  ${digest.algorithm} ${digest.hex}`];
  }
  const rows = one.list.map(({ name, version, arch, sizeBytes }) => ['', name, version, arch, amountText(sizeBytes)]);
  const totalBytes = one.list.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const count = one.list.length === 1 ? '1 package' : `${one.list.length} packages`;
  return [`${one.key}: ${count}, ${amountText(totalBytes)}, ${ways.apt}`, ...columns(rows)];
}
