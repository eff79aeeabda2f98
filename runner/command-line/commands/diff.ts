// `vmb diff`: what is not the same in two images, folders or files; a VM looks into images, never this host.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Difference, differenceLines, differencesOf } from '../../../jobs/lib/difference.ts';
import { firstDifferentByte } from '../../comparison/first-difference.ts';
import { listImages } from '../../comparison/list-images.ts';
import { placeInFile } from '../../comparison/place-in-file.ts';
import { readListed } from '../../comparison/read-listed.ts';
import { foreignFormat } from '../../disk-image/foreign-format.ts';
import type { BuildEvent } from '../../event.ts';
import { digestPath } from '../../payload/digest-path.ts';
import { imageSizeBytes } from '../../payload/image-size.ts';
import { UnreadableInput } from '../../payload/scan.ts';
import { harmlessJson, printable, quoted } from '../../printable.ts';
import { failureLines } from '../../report/event-text.ts';
import { RunnerError } from '../../runner-error.ts';
import { sweepWorkFolders } from '../../state/sweep.ts';
import type { CommandDefinition, Context, Input } from '../command.ts';
import { hostOption } from '../host-option.ts';
import { chooseBuildVm } from '../load-plan.ts';
import { withVmms } from '../open-vmms.ts';
import { buildVmArchOption, requireArch } from '../vmm-choice.ts';
import { vmmOptions } from '../vmm-option.ts';

const mostLines = 1000;

export const command: CommandDefinition = {
  name: 'diff',
  summary: 'Tell how two disk images, folders or files differ',
  arguments: [
    { name: '<one>', summary: 'a raw disk image, a folder or a file' },
    { name: '<other>', summary: 'another one' },
  ],
  options: [
    ...vmmOptions,
    hostOption,
    { flags: '--boot <way>', summary: 'start the build-VM by kernel, bios or uefi' },
    buildVmArchOption,
    { flags: '--most-disks <number>', summary: 'attach no more disks to the VM, at least 2' },
    { flags: '--json', summary: 'print one JSON document' },
  ],
  details: [
    'Of images: the partition table, then of every volume each file’s type, content, mode, owner and attributes. A VM reads them,',
    'unless they are equal to the byte. Exit codes: 0 equal, 3 different.',
  ],
  async run(input, context) {
    const paths = [0, 1].map((index) => resolve(context.cwd, input.argument(index) ?? ''));
    const [one = '', other = ''] = paths;
    for (const path of paths) {
      if (!existsSync(path)) throw usage(`there is no file or folder ${quoted(path)}; correct the name`);
    }
    const found = await compare(one, other, input, context);
    const names = { one: input.argument(0) ?? '', other: input.argument(1) ?? '' };
    if (input.flag('json')) {
      const told = { schema: 1, ...names, equal: found.length === 0, differences: found };
      context.stdout.write(`${harmlessJson(JSON.stringify(told, undefined, 2))}\n`);
    } else {
      const lines = differenceLines(found).map(printable);
      const more = lines.length > mostLines ? [`and ${lines.length - mostLines} more; --json tells all`] : [];
      context.stdout.write([...lines.slice(0, mostLines), ...more].map((line) => `${line}\n`).join(''));
    }
    return found.length === 0 ? 0 : 3;
  },
};

async function compare(one: string, other: string, input: Input, context: Context): Promise<Difference[]> {
  const [left, right] = await context.nothingToUndo(async () => [digested(one), digested(other)] as const);
  if (left.kind === right.kind && left.sha256 === right.sha256) return [];
  if (left.kind === 'file') await refuseForeign(one);
  if (right.kind === 'file') await refuseForeign(other);
  const sizes = [imageSizeBytes(one), imageSizeBytes(other)];
  const areImages = sizes.every((size) => size !== undefined);
  const listed = areImages
    ? await lookInto(
        [
          { path: one, ...left },
          { path: other, ...right },
        ],
        input,
        context,
      )
    : ([await readListed(one, 'itself', context.signal), await readListed(other, 'itself', context.signal)] as const);
  const found = differencesOf(...listed);
  if (left.kind === 'folder' || right.kind === 'folder') return found;
  return areImages ? orBytes(found, one, other) : [...found, ...bytesDifference(one, other)];
}

/** Images whose content is the same differ in what only their bytes tell: times, free space, an order. */
function orBytes(found: Difference[], one: string, other: string): Difference[] {
  return found.length > 0 ? found : bytesDifference(one, other);
}

function bytesDifference(one: string, other: string): Difference[] {
  const at = firstDifferentByte(one, other);
  if (at === undefined) return [];
  const where = `they differ first ${placeInFile(one, at)}`;
  return [{ what: 'bytes', one: where, other: where }];
}

/** Bytes of such files say nothing of what the disks in them hold. @throws RunnerError `usage` */
async function refuseForeign(path: string): Promise<void> {
  const foreign = await foreignFormat(path);
  if (foreign !== undefined) throw usage(`${quoted(path)} is ${foreign}, and compare what comes out`);
}

function digested(path: string) {
  try {
    return digestPath(path);
  } catch (cause) {
    if (!(cause instanceof UnreadableInput)) throw cause;
    throw new RunnerError('usage', `vmb diff: ${cause.message}, so that it cannot be compared.`, { cause });
  }
}

type Images = Parameters<typeof listImages>[0];

async function lookInto(images: Images, input: Input, context: Context): ReturnType<typeof listImages> {
  await sweepWorkFolders(context.folders.state, context.registry.findAdapter);
  const emit = (event: BuildEvent) => {
    if (event.type === 'note') context.stderr.write(`Note: ${printable(event.text)}\n`);
    if (event.type === 'step-failed') {
      for (const line of [...event.lastLines, ...failureLines(event, false)])
        context.stderr.write(`${printable(line)}\n`);
    }
  };
  let listed: Awaited<ReturnType<typeof listImages>> | undefined;
  await withVmms(input, context, emit, async (vmms) => {
    const [vmm, ...others] = vmms;
    if (vmm === undefined || others.length > 0) throw usage('--vmm: one VMM looks into both images; name one');
    const buildVm = chooseBuildVm(requireArch(vmm), vmm.facts.capabilities.architectures, context);
    const { folders, environment, version, signal } = context;
    listed = await listImages(images, { folders, environment, buildVm, vmbVersion: version, emit, signal }, vmm);
  });
  if (listed === undefined) throw new Error('Internal error: no VMM looked into the images');
  return listed;
}

function usage(message: string): RunnerError {
  return new RunnerError('usage', `vmb diff: ${message}.`);
}
