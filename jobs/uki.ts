// uki: kernel, initramfs and command line as one EFI program, joined on the host.
import { constants, copyFile, open, readFile, stat } from 'node:fs/promises';
import { JobFailure } from './lib/failure.ts';
import type { Host } from './lib/host.ts';
import { hostInput } from './lib/host-input.ts';
import { type HostInput, hostJob, type World } from './lib/job.ts';
import { checkNames } from './lib/kept.ts';
import { JobMistake } from './lib/mistake.ts';
import { artifactName, place, text } from './lib/options.ts';
import { readPe } from './lib/pe.ts';
import { planPe } from './lib/pe-plan.ts';
import { writePe } from './lib/pe-write.ts';
import { volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { type Static, Type } from './lib/schema.ts';

const sourceOrPlace = (description: string, example: string) =>
  text(
    `${description}: a path in the build folder, vmb:NAME, artifact:NAME, fetched:NAME, or a place in a volume`,
    example,
  );

const schema = Type.Object(
  {
    kernel: sourceOrPlace(
      'Kernel, with its EFI stub. vmb:vmlinuz, that of the build-VM, has no network drivers, no USB and no screen',
      'vmb:vmlinuz',
    ),
    initramfs: Type.Optional(sourceOrPlace('Initramfs. None unless given', 'tree:/initramfs')),
    cmdline: Type.Optional(text('Command line of the kernel. None unless given', 'console=ttyS0')),
    'os-release': Type.Optional(
      text(
        'What os-release(5) says: the text itself when it has a "=", otherwise a file as above. Made of the build’s name and version unless given',
        'files/os-release',
      ),
    ),
    uname: Type.Optional(text('Version of the kernel, for boot menus. None unless given', '6.1.0')),
    stub: Type.Optional(
      sourceOrPlace('EFI program that starts the kernel. vmb:stub, which is systemd’s, unless given', 'vmb:stub'),
    ),
    as: Type.Optional(artifactName('Name of the artifact. None unless given', 'hello.efi')),
    to: Type.Optional(place('File in a volume where it goes as well', 'main:1:/EFI/BOOT/BOOTX64.EFI')),
  },
  { additionalProperties: false },
);

type Options = Static<typeof schema>;

/** Name by which `apply` writes the file that goes into a volume. */
const broughtIn = 'uki-brought-in';

/** In the order in which they lie in the program: the kernel last, so that it may grow when it unpacks itself. */
const sections = new Map([
  ['.osrel', 'os-release'],
  ['.cmdline', 'cmdline'],
  ['.uname', 'uname'],
  ['.initrd', 'initramfs'],
  ['.linux', 'kernel'],
]);

export const job = hostJob({
  name: 'uki',
  summary: 'Joins a kernel, an initramfs and a command line to one EFI program',
  schema,
  plan(options, world) {
    const { as, to } = options;
    if (as === undefined && to === undefined) {
      throw new JobMistake(
        [],
        'nothing is said of where the EFI program goes',
        'add as = "…" for an artifact, or to = "…" for a volume',
      );
    }
    const place = to === undefined ? undefined : filePlace(to, world);
    checkCommandLine(options.cmdline);
    const notes = options.kernel === 'vmb:vmlinuz' ? [kernelNote] : [];
    return {
      ...(notes.length === 0 ? {} : { notes }),
      title: `join ${options.kernel}${options.initramfs === undefined ? '' : ` and ${options.initramfs}`} to ${as ?? to}`,
      inputs: inputs(options, world),
      ...(as === undefined ? {} : { artifacts: [{ name: as, at: ['as'], from: { kind: 'host' as const } }] }),
      ...(place === undefined ? {} : { bringsIn: new Map([[broughtIn, place]]) }),
    };
  },
  async apply(options, host) {
    const stub = await readFile(host.input('stub'));
    const parts = [...sections].filter(([, input]) => isGiven(options, input));
    const sizes = await Promise.all(
      parts.map(async ([name, input]) => ({ name, sizeBytes: (await stat(host.input(input))).size })),
    );
    const given = sizes.filter(({ sizeBytes }) => sizeBytes > 0);
    await checkKernel(host, readPe(stub, 'The stub').machine);
    const paths = new Map(parts.map(([name, input]) => [name, host.input(input)]));
    const target = host.output(options.as ?? broughtIn);
    await writePe(planPe(stub, given), paths, target, host.signal);
    if (options.as !== undefined && options.to !== undefined) {
      await copyFile(target, host.output(broughtIn), constants.COPYFILE_FICLONE);
    }
  },
});

/** Linux for x86 reads COMMAND_LINE_SIZE bytes, of which the last one ends it (arch/x86/include/asm/setup.h), and drops the rest. */
const mostCommandLineBytes = 2047;

const kernelNote =
  'vmb:vmlinuz is the kernel of the build-VM: it has no network drivers, no USB, no screen and no modules; for an image that needs them fetch a kernel of Debian’s (deb:linux-image-…)';

function checkCommandLine(cmdline: string | undefined): void {
  const bytes = Buffer.byteLength(cmdline ?? '');
  if (bytes <= mostCommandLineBytes) return;
  throw new JobMistake(
    ['cmdline'],
    `the command line has ${bytes} bytes, of which the kernel would read ${mostCommandLineBytes} only`,
    'shorten it, or put a part into the initramfs',
  );
}

function isGiven(options: Options, input: string): boolean {
  return input === 'kernel' || input === 'os-release' || new Map<string, unknown>(Object.entries(options)).has(input);
}

function inputs(options: Options, world: World): Map<string, HostInput> {
  const found = new Map<string, HostInput>([
    ['stub', hostInput(world, options.stub ?? 'vmb:stub', ['stub'])],
    ['kernel', hostInput(world, options.kernel, ['kernel'])],
    ['os-release', osRelease(options['os-release'], world)],
  ]);
  if (options.initramfs !== undefined) found.set('initramfs', hostInput(world, options.initramfs, ['initramfs']));
  for (const name of ['cmdline', 'uname'] as const) {
    const text = options[name];
    if (text !== undefined) found.set(name, { kind: 'text', text });
  }
  return found;
}

function osRelease(given: string | undefined, world: World): HostInput {
  if (given?.includes('=') === true) return { kind: 'text', text: given };
  if (given !== undefined) return hostInput(world, given, ['os-release']);
  const [name = '', version = ''] = world.identity.split(' ');
  // os-release(5) allows fewer characters in ID than a build's name has.
  const id = name.toLowerCase().replaceAll(/[^a-z0-9._-]/g, '-');
  const lines = [`ID=${id}`, `NAME="${name}"`, `PRETTY_NAME="${name} ${version}"`, `VERSION_ID="${version}"`];
  return { kind: 'text', text: `${lines.join('\n')}\n` };
}

function filePlace(to: string, world: World): ReturnType<World['place']> {
  const place = world.place(to, ['to']);
  checkNames(place.volume, place.path, ['to']);
  if (!place.path.endsWith('/')) return place;
  throw new JobMistake(
    ['to'],
    `${quoted(to)} names a folder, but this must be a file`,
    `write it like "${volumeName(place.volume)}:/EFI/BOOT/BOOTX64.EFI"`,
  );
}

/** systemd's stub starts the kernel as an EFI program of its own kind. */
async function checkKernel(host: Host, machine: number): Promise<void> {
  const file = await open(host.input('kernel'));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65536), 0, 65536, 0);
    const facts = readPe(buffer.subarray(0, bytesRead), 'The kernel');
    if (facts.machine === machine) return;
    throw new JobFailure(
      'pe-unfit',
      `The kernel is for another processor (0x${facts.machine.toString(16)}) than the stub (0x${machine.toString(16)}). Use two of a kind.`,
    );
  } finally {
    await file.close();
  }
}
