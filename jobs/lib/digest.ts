// Digests of content, as a build file writes them, in hexadecimal digits.
import { JobMistake } from './mistake.ts';
import { quoted } from './quoted.ts';

export type DigestAlgorithm = 'sha256' | 'sha512';

export interface Digest {
  readonly algorithm: DigestAlgorithm;
  /** Small letters. */
  readonly hex: string;
}

export const digestDigits: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

/** How it stands among the inputs of a step: SHA-256 is what vmb means where it names none. */
export function digestText({ algorithm, hex }: Digest): string {
  return algorithm === 'sha256' ? hex : `${algorithm}:${hex}`;
}

/** `otherwise`: what to do with a digest that is as long as the other algorithm's. @throws JobMistake */
export function parseDigest(
  text: string,
  algorithm: DigestAlgorithm,
  at: JobMistake['path'],
  otherwise: (other: DigestAlgorithm) => string,
): Digest {
  const count = digestDigits[algorithm];
  if (isHex(text, count)) return { algorithm, hex: text.toLowerCase() };
  const other = algorithm === 'sha256' ? 'sha512' : 'sha256';
  throw new JobMistake(
    at,
    `${quoted(text)} is no ${algorithm} digest, because that has ${count} hexadecimal digits`,
    isHex(text, digestDigits[other])
      ? `${otherwise(other)}, whose digests are as long as this`
      : 'write it as vmb tells it, or leave it out',
  );
}

function isHex(text: string, count: number): boolean {
  return text.length === count && /^[0-9A-Fa-f]*$/.test(text);
}
