// manifest.json: what a build-VM consists of and what it was made from, checked when read, and the digest derived from it.
import { createHash } from 'node:crypto';
import { type BuildVmArch, buildVmArchs } from './arch.ts';
import { BuildVmError } from './build-vm-error.ts';
import type { BuildVmFile, buildVmFileNames } from './file-names.ts';

export interface ManifestFile {
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

export interface ManifestPackage {
  readonly name: string;
  readonly architecture: string;
  readonly version: string;
  /** Of the .deb; of a toolchain package: over its installed files (see toolchain.ts). */
  readonly sha256: string;
}

export interface Manifest {
  readonly schema: 1;
  readonly arch: BuildVmArch;
  readonly files: Readonly<Record<BuildVmFile, ManifestFile>>;
  /** Digest over configuration, guest scripts, maker and lock of the checkout that it was made from. */
  readonly sourceDigest: string;
  /** Release of the kernel, as `uname -r` says. */
  readonly kernelRelease: string;
  /** Packages whose bytes went in. */
  readonly inputs: readonly ManifestPackage[];
  /** Packages whose programs did the work on the host. */
  readonly toolchain: readonly ManifestPackage[];
  /** Differences from build-vm/inputs.lock, for people; empty when pinned. */
  readonly unpinned: readonly string[];
}

export const manifestFileName = 'manifest.json';

/** What fingerprints name: SHA-256 over "ROLE SHA256\n" of every file, sorted. */
export function digestOf(manifest: Manifest): string {
  const hash = createHash('sha256');
  for (const role of rolesOfFiles()) hash.update(`${role} ${manifest.files[role].sha256}\n`);
  return hash.digest('hex');
}

/** The file roles in code-unit order. */
export function rolesOfFiles(): BuildVmFile[] {
  return [
    'bios',
    'biosBoot',
    'busybox',
    'efi',
    'firstrun',
    'initramfs',
    'stub',
    'systemDisk',
    'tools',
    'videoBios',
    'vmlinuz',
  ] satisfies (keyof typeof buildVmFileNames)[];
}

export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/**
 * Reads a manifest, which may come from another machine.
 * @throws BuildVmError `manifest-wrong` naming the place that is not as it must be.
 */
export function parseManifest(text: string, where: string): Manifest {
  const at = (place: string, expected: string): never => {
    throw new BuildVmError(
      'manifest-wrong',
      `${where}: ${place} must be ${expected}. Make or save this build-VM again with this version of vmb.`,
    );
  };
  const root = record<keyof Manifest>(parseJson(text, where)) ?? at('the manifest', 'a JSON object');
  if (root.schema !== 1) at('schema', '1');
  const arch =
    buildVmArchs.find((known) => known === root.arch) ?? at('arch', `one of ${JSON.stringify(buildVmArchs)}`);
  const files = record<BuildVmFile>(root.files) ?? at('files', 'an object');
  const file = (role: BuildVmFile): ManifestFile => {
    const value = record<keyof ManifestFile>(files[role]);
    const sizeBytes = value?.sizeBytes;
    const sha256 = value?.sha256;
    if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
      return at(`files.${role}.sizeBytes`, 'a number of bytes');
    }
    return { sizeBytes, sha256: digest(sha256) ?? at(`files.${role}.sha256`, 'a SHA-256 in hexadecimal') };
  };
  const packages = (key: 'inputs' | 'toolchain'): ManifestPackage[] =>
    array(root[key])?.map(
      (entry, index) => parsePackage(entry) ?? at(`${key}[${index}]`, 'a package: name, architecture, version, sha256'),
    ) ?? at(key, 'a list');
  return {
    schema: 1,
    arch,
    files: {
      efi: file('efi'),
      vmlinuz: file('vmlinuz'),
      initramfs: file('initramfs'),
      busybox: file('busybox'),
      stub: file('stub'),
      systemDisk: file('systemDisk'),
      biosBoot: file('biosBoot'),
      tools: file('tools'),
      firstrun: file('firstrun'),
      bios: file('bios'),
      videoBios: file('videoBios'),
    },
    sourceDigest: digest(root.sourceDigest) ?? at('sourceDigest', 'a SHA-256 in hexadecimal'),
    kernelRelease: word(root.kernelRelease) ?? at('kernelRelease', 'a version'),
    inputs: packages('inputs'),
    toolchain: packages('toolchain'),
    unpinned: array(root.unpinned)?.map((line) => (typeof line === 'string' ? line : at('unpinned', 'texts'))) ?? [],
  };
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BuildVmError('manifest-wrong', `${where}: this is not JSON. Make or save this build-VM again.`, {
      cause,
    });
  }
}

function parsePackage(value: unknown): ManifestPackage | undefined {
  const entry = record<keyof ManifestPackage>(value);
  const name = word(entry?.name);
  const architecture = word(entry?.architecture);
  const version = word(entry?.version);
  const sha256 = digest(entry?.sha256);
  if (name === undefined || architecture === undefined || version === undefined || sha256 === undefined) {
    return undefined;
  }
  return { name, architecture, version, sha256 };
}

/** The fields of an object, each still unknown. */
function record<Key extends string>(value: unknown): Partial<Record<Key, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function array(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** A text without white space and control characters, so that it can stand in a line for people. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[!-~]+$/.test(value) ? value : undefined;
}

function digest(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : undefined;
}
