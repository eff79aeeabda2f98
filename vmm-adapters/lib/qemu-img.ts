// Every use of qemu-img: overlays, conversions, facts about images.
import { AdapterError } from './adapter-error.ts';
import type { CommandRunner } from './command.ts';
import { fullMessage } from './host-files.ts';

export type ImageFormat = 'raw' | 'qcow2' | 'vpc' | 'vhdx';

/** What users get, by the names that users have for it. */
export type UserImageFormat = 'qcow2' | 'vhdx' | 'vhd' | 'vmdk' | 'vdi';

/** Options without which other versions of qemu-img may choose otherwise; force_size: else a VHD has the size of its geometry. */
const userImages: Readonly<Record<UserImageFormat, { readonly driver: string; readonly options: string }>> = {
  qcow2: { driver: 'qcow2', options: 'compat=1.1,cluster_size=65536,refcount_bits=16,lazy_refcounts=off' },
  vhdx: { driver: 'vhdx', options: 'subformat=dynamic' },
  vhd: { driver: 'vpc', options: 'subformat=dynamic,force_size=on' },
  vmdk: { driver: 'vmdk', options: 'subformat=monolithicSparse,adapter_type=ide' },
  vdi: { driver: 'vdi', options: 'static=off' },
};

export interface ImageFacts {
  readonly format: string;
  /** What a guest sees. */
  readonly sizeBytes: number;
}

export interface QemuImg {
  /** Makes a qcow2 disk that begins with the bytes of a raw file and never changes that file. */
  makeOverlay(base: string, overlay: string, sizeBytes: number): Promise<void>;
  /** Writes an image's content to a new file; runs of zeroes become holes. */
  convert(from: string, fromFormat: ImageFormat, to: string, toFormat: ImageFormat): Promise<void>;
  /** Makes an image for a user of a raw file: one worker, so that clusters lie in the order of the disk. */
  makeUserImage(raw: string, path: string, format: UserImageFormat): Promise<void>;
  /** Its first line about itself: whether it is there at all. */
  version(): Promise<string>;
  /** Makes an empty disk of exactly that size: a dynamic VHDX, a fixed VHD. */
  makeEmpty(path: string, format: 'vpc' | 'vhdx', sizeBytes: number): Promise<void>;
  /** Writes a raw file's content to the beginning of an empty disk, which may be larger. */
  fill(from: string, to: string, toFormat: ImageFormat): Promise<void>;
  /** `format` where it is known: a fixed VHD has no mark at its beginning, and what a guest wrote there could look like any. */
  info(path: string, format?: ImageFormat): Promise<ImageFacts>;
  /** Finds damage. @throws AdapterError with what qemu-img says */
  check(path: string, format: ImageFormat): Promise<void>;
}

/** All of it throws AdapterError. `host`: the machine that it runs on, when it is another one. */
export function makeQemuImg(commands: CommandRunner, host?: string): QemuImg {
  const run = (args: readonly string[]) => runQemuImg(commands, host, args);
  return {
    async makeOverlay(base, overlay, sizeBytes) {
      await run(['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base, overlay, String(sizeBytes)]);
    },
    async convert(from, fromFormat, to, toFormat) {
      await run(['convert', '-f', fromFormat, '-O', toFormat, from, to]);
    },
    async makeUserImage(raw, path, format) {
      const { driver, options } = userImages[format];
      await run(['convert', '-m', '1', '-f', 'raw', '-O', driver, '-o', options, raw, path]);
    },
    async version() {
      const { stdout } = await run(['--version']);
      return stdout.split('\n')[0] ?? '';
    },
    async makeEmpty(path, format, sizeBytes) {
      // Without force_size a VHD has the size of its geometry, which is not always the one asked for.
      const options = format === 'vpc' ? ['-o', 'subformat=fixed,force_size=on'] : [];
      await run(['create', '-q', '-f', format, ...options, path, String(sizeBytes)]);
    },
    async fill(from, to, toFormat) {
      await run(['convert', '-n', '--target-is-zero', '-f', 'raw', '-O', toFormat, from, to]);
    },
    async info(path, format) {
      const { stdout } = await run(['info', ...(format === undefined ? [] : ['-f', format]), '--output=json', path]);
      return readInfo(path, stdout);
    },
    async check(path, format) {
      await run(['check', '-q', '-f', format, path]);
    },
  };
}

async function runQemuImg(
  commands: CommandRunner,
  host: string | undefined,
  args: readonly string[],
): Promise<{ stdout: string }> {
  try {
    return await commands.run('qemu-img', args);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    if (error.code === 'program-missing') {
      throw new AdapterError(
        'program-missing',
        `qemu-img is not installed ${host === undefined ? 'here' : `on ${host}`}. On Debian: apt-get install qemu-utils`,
        {
          cause: error,
        },
      );
    }
    if (error.message.includes('No space left on device')) {
      throw new AdapterError('disk-full', fullMessage(args.at(-1) ?? '', host), { cause: error });
    }
    throw error;
  }
}

function readInfo(path: string, text: string): ImageFacts {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'format' in value && 'virtual-size' in value) {
    const { format, 'virtual-size': sizeBytes } = value;
    if (typeof format === 'string' && typeof sizeBytes === 'number') return { format, sizeBytes };
  }
  throw new AdapterError('program-failed', `qemu-img info ${path}: its answer has no format and size:\n${text}`);
}
