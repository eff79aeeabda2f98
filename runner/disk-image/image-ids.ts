// The ids in a disk image: they look random, and are the same for the same disk under the same name.
import { seed, uuidOf } from '../../jobs/lib/ids.ts';

/** Gives 16 bytes for each purpose, in the order in which a UUID is written. */
export type ImageIds = (purpose: string) => Buffer;

export function imageIds(rawSha256: string, name: string, format: string): ImageIds {
  return (purpose) => Buffer.from(uuidOf(seed(rawSha256, [name, format, purpose])).replaceAll('-', ''), 'hex');
}
