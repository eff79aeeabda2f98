// Identifiers that look random and are not: the same build gives the same, two builds or two disks never do.
import { createHash } from 'node:crypto';

/** 64 hex digits out of the build's identity and what the id is for, such as ['filesystem', 'main', 1]. */
export function seed(identity: string, purpose: readonly (string | number)[]): string {
  return createHash('sha256')
    .update(JSON.stringify([identity, ...purpose]))
    .digest('hex');
}

/** A version 8 UUID (RFC 9562, section 5.8: bits by whatever rule the maker has), in small letters. */
export function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join('-');
}

/** Another seed out of a seed. */
export function derived(hex: string, purpose: string): string {
  return seed(hex, [purpose]);
}

/** Eight hex digits that are not all zero, which FAT and msdos disk labels take for "no id". */
export function serialOf(hex: string): string {
  const digits = hex.slice(0, 8);
  return digits === '00000000' ? '00000001' : digits;
}

/** How people write a UUID. */
const uuidPattern = '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$';

export function isUuid(text: string): boolean {
  return new RegExp(uuidPattern).test(text);
}
