// The fingerprint of a step: one hash over everything that determines its result, and nothing else.
import { createHash } from 'node:crypto';
import { protocolVersion } from '../../build-vm/border/session.ts';

/** Every input of a fingerprint, with its reason. No host fact, no VMM name, no absolute path. */
export interface FingerprintInputs {
  /** Fingerprint of the step before: the disks as it left them. Empty for the first step. */
  readonly previous: string;
  readonly job: string;
  /** Normalised: defaults filled in, variables replaced. */
  readonly options: unknown;
  /** What the guest carries out; for a host action the version of vmb, whose code acts in its place. */
  readonly script: string;
  /** Digest of every input file with its mode as brought in. An artifact has none: the chain of `previous` covers it. */
  readonly inputs: readonly { readonly name: string; readonly digest: string | undefined }[];
  readonly buildVmDigest: string;
  readonly epochSeconds: number;
  /** A guest step's clock when it starts, which programs see, and its time limit, on which the clocks after it depend. */
  readonly time: { readonly startsAtSeconds: number; readonly limitSeconds: number } | undefined;
}

/** SHA-256 as 64 hex digits. */
export function fingerprint(inputs: FingerprintInputs): string {
  return createHash('sha256')
    .update(canonicalJson({ ...inputs, protocol: protocolVersion }))
    .digest('hex');
}

/** JSON with keys sorted by code unit and without white space: equal values are equal text. Undefined becomes null. */
export function canonicalJson(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
