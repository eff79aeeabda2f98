// Sizes, architectures and digests as a build.xml writes them, in the spelling of a build file. Pure.
import type { XmlAttribute } from '../xml.ts';
import type { Attributes } from './entry.ts';

const units: Readonly<Record<string, string>> = { K: 'KiB', M: 'MiB', G: 'GiB', T: 'TiB' };
const unitBytes = [
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
] as const;

/** "512M" and "512MiB" are 512MiB, as qemu-img and parted mean it; a bare number is bytes, "2048s" sectors of 512 bytes. */
export function sizeOf(attribute: XmlAttribute, attributes: Attributes): string | undefined {
  const [, digits = '', unit = ''] = /^\s*([0-9]+)\s*([A-Za-z]*)\s*$/.exec(attribute.value) ?? [];
  const letter = /^([KMGT])(iB)?$/i.exec(unit)?.[1]?.toUpperCase();
  if (digits !== '' && letter !== undefined) return `${Number(digits)}${units[letter]}`;
  if (digits !== '' && ['', 'B', 'b', 's'].includes(unit)) {
    const bytes = Number(digits) * (unit === 's' ? 512 : 1);
    const fitting = unitBytes.find(([, each]) => bytes % each === 0);
    if (fitting !== undefined && Number.isSafeInteger(bytes)) return `${bytes / fitting[1]}${fitting[0]}`;
    attributes.problem(
      attribute,
      `${JSON.stringify(attribute.value)} is no whole number of KiB`,
      'write it in KiB, MiB or GiB',
    );
    return undefined;
  }
  const what = `${JSON.stringify(attribute.value)} is no size that vmb can read`;
  attributes.problem(attribute, what, 'write it in KiB, MiB or GiB, such as 512MiB');
  return undefined;
}

/** Whatever means "all that is left". */
export function isRest(text: string): boolean {
  return ['', '100%', 'rest', 'max', '-1'].includes(text.trim().toLowerCase());
}

const archs: ReadonlyMap<string, 'x86_64' | 'i686'> = new Map([
  ['x86_64', 'x86_64'],
  ['x86-64', 'x86_64'],
  ['amd64', 'x86_64'],
  ['i386', 'i686'],
  ['i486', 'i686'],
  ['i586', 'i686'],
  ['i686', 'i686'],
  ['x86', 'i686'],
]);

export function archOf(attribute: XmlAttribute, attributes: Attributes): string | undefined {
  const arch = archs.get(attribute.value.trim().toLowerCase());
  if (arch === undefined) {
    const what = `vmb builds nothing for the architecture ${JSON.stringify(attribute.value)}`;
    attributes.problem(attribute, what, 'write x86_64 or i686');
  }
  return arch;
}

/** "SHA-256" is sha256. Undefined after a problem, and for what is left empty. */
export function algorithmOf(
  attribute: XmlAttribute | undefined,
  attributes: Attributes,
): 'sha256' | 'sha512' | undefined {
  if (attribute === undefined || attribute.value.trim() === '') return undefined;
  const name = attribute.value.trim().toLowerCase().replace(/[-_]/g, '');
  if (name === 'sha256' || name === 'sha512') return name;
  const what = `vmb has no digests of the kind ${JSON.stringify(attribute.value)}`;
  attributes.problem(attribute, what, 'write sha256 or sha512, with such a digest in `hash`');
  return undefined;
}
