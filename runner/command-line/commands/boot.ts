// `vmb boot`: boots a disk image or an EFI program, streams its console, and can test for a text in it.
import { resolve } from 'node:path';
import { JobMistake } from '../../../jobs/lib/mistake.ts';
import { parseSize } from '../../../jobs/lib/size.ts';
import type { Adapter, AdapterDefinition, Arch, Firmware } from '../../../vmm-adapters/lib/adapter.ts';
import { quoted } from '../../printable.ts';
import { shellWords } from '../../report/shell-words.ts';
import { RunnerError } from '../../runner-error.ts';
import { sweepWorkFolders } from '../../state/sweep.ts';
import { openWorkFolder, type WorkFolder } from '../../state/work-folder.ts';
import { readBootImage } from '../boot-image.ts';
import { type BootRequest, type BootResult, type BootWay, bootMachine, placeBootDisk } from '../boot-machine.ts';
import type { CommandDefinition, Context, Input } from '../command.ts';
import { hostOption, readHost, requireRemote } from '../host-option.ts';
import { openAdapter } from '../open-adapter.ts';
import { chooseVmm } from '../probe-adapters.ts';
import { findDefinition, readVmmOptions, vmmOptions } from '../vmm-option.ts';

const defaultTimeoutSeconds = 120;

export const command: CommandDefinition = {
  name: 'boot',
  summary: 'Boot a disk image or EFI program, and show its serial console',
  arguments: [{ name: '<file>', summary: 'a raw disk image or an EFI program; it is not changed' }],
  options: [
    { flags: '--expect <text>', summary: 'fail with exit code 3 unless the text comes and then a clean power-off' },
    { flags: '--stop', summary: 'with --expect: end the machine when the text comes' },
    { flags: '--timeout <seconds>', summary: `how long that may take; ${defaultTimeoutSeconds} by default` },
    { flags: '--firmware <firmware>', summary: 'uefi or bios; uefi by default, where the VMM has it' },
    { flags: '--arch <arch>', summary: 'x86_64 or i686; x86_64 by default, where the VMM has it' },
    { flags: '--memory <size>', summary: 'memory of the machine; 512MiB by default' },
    ...vmmOptions,
    hostOption,
    { flags: '--verbose', summary: 'print the VMM’s command line, in a form to paste' },
  ],
  details: ['On a terminal your keys go to the machine; Ctrl-] ends it.'],
  async run(input, context) {
    const request = await readRequest(input, context);
    await sweepWorkFolders(context.folders.state, context.registry.findAdapter);
    const definition = await chosenDefinition(input, context);
    const work = await openWorkFolder(context.folders.state);
    try {
      return verdict(await boot(request, definition, work, input, context), request);
    } finally {
      await work.remove();
    }
  },
};

/** @throws RunnerError `usage`, `no-vmm` */
async function chosenDefinition(input: Input, context: Context): Promise<AdapterDefinition> {
  const named = input.text('vmm');
  const host = readHost(input);
  if (named !== undefined) {
    const definition = await findDefinition(named, context.registry);
    requireRemote(definition, host);
    return definition;
  }
  const { value, note } = await chooseVmm(context, host);
  if (note !== undefined) context.stderr.write(`Note: ${note}\n`);
  return value;
}

async function boot(
  request: BootRequest,
  definition: AdapterDefinition,
  work: WorkFolder,
  input: Input,
  context: Context,
): Promise<BootResult> {
  const options = readVmmOptions(definition, input.texts('vmm-option'));
  const adapter = await openAdapter(definition, work, options, context, readHost(input));
  try {
    const way = await bootWay(request, definition.name, adapter, context);
    const machine = await placeBootDisk(request, way, adapter, work);
    if (input.flag('verbose')) context.stderr.write(`${shellWords(adapter.command(machine))}\n`);
    return await bootMachine(request, adapter, machine, context);
  } finally {
    await adapter.close?.(false);
  }
}

/** @throws RunnerError `no-vmm` when the VMM cannot start it */
async function bootWay(request: BootRequest, vmm: string, adapter: Adapter, context: Context): Promise<BootWay> {
  const probe = await adapter.probe(context.signal);
  if (!probe.usable) {
    throw new RunnerError('no-vmm', `${vmm} cannot be used here: ${probe.reason} ${probe.remedy}`.trimEnd());
  }
  const { boots, architectures } = probe.capabilities;
  const needsUefi = request.image.kind === 'efi-program';
  if (needsUefi && !boots.includes('uefi')) {
    throw new RunnerError(
      'no-vmm',
      `vmb boot: ${quoted(request.path)} is an EFI program, which needs UEFI, and ${vmm} has none here; boot it with --vmm qemu, where QEMU and OVMF are installed.`,
    );
  }
  const firmware = request.firmware ?? (boots.includes('uefi') ? 'uefi' : 'bios');
  if (!boots.includes(firmware)) {
    throw new RunnerError(
      'no-vmm',
      `--firmware: ${vmm} cannot boot with ${firmware} here; \`vmb doctor\` tells what it can.`,
    );
  }
  const arch = request.arch ?? (['x86_64', 'i686'] as const).find((known) => architectures.includes(known));
  if (arch !== undefined && architectures.includes(arch)) return { arch, firmware };
  throw new RunnerError('no-vmm', `--arch: ${vmm} has ${architectures.join(', ')} machines only, not ${arch}.`);
}

/** The exit code. @throws RunnerError `comparison-failed` when what was expected did not come */
function verdict(result: BootResult, request: BootRequest): number {
  const { expected } = request;
  if (expected === undefined) {
    if (result.end === 'left' || !['panic', 'failed', 'killed'].includes(result.end)) return 0;
    throw new RunnerError('host', `vmb boot: the machine ended by ${result.end}. ${result.detail}`.trimEnd());
  }
  const text = `--expect: the text ${quoted(expected)}`;
  const reason =
    result.end === 'timeout' ? `within ${request.timeoutMs / 1000} s` : `before the machine ended (${result.end})`;
  if (!result.seen)
    throw new RunnerError('comparison-failed', `${text} did not come ${reason}. ${result.detail}`.trimEnd());
  if (result.end === 'seen' || result.end === 'power-off' || result.end === 'unknown') return 0;
  const ended = result.end === 'timeout' ? `did not power off ${reason}` : `ended by ${result.end}, not by a power-off`;
  const remedy = result.end === 'timeout' ? ' If it is a system that runs on, add --stop.' : '';
  throw new RunnerError('comparison-failed', `${text} came, but the machine ${ended}.${remedy}`);
}

async function readRequest(input: Input, context: Context): Promise<BootRequest> {
  const path = resolve(context.cwd, input.argument(0) ?? '');
  const image = await readBootImage(path);
  const firmware = readFirmware(input.text('firmware'));
  if (image.kind === 'efi-program' && firmware === 'bios') {
    throw usage('--firmware: an EFI program starts under uefi only; leave the option out.');
  }
  const expected = input.text('expect');
  if (expected === undefined && input.flag('stop')) {
    throw usage('--stop: this says what is done when the text of --expect comes; add --expect TEXT.');
  }
  const seconds = input.text('timeout');
  if (seconds !== undefined && !/^[1-9]\d{0,5}$/.test(seconds)) {
    throw usage(`--timeout: ${quoted(seconds)} is not a whole number of seconds; write it like 60.`);
  }
  return {
    path,
    image,
    firmware,
    arch: readArch(input.text('arch')),
    memoryBytes: readMemory(input.text('memory') ?? '512MiB'),
    expected,
    stopsWhenSeen: input.flag('stop'),
    timeoutMs: Number(seconds ?? defaultTimeoutSeconds) * 1000,
    isTimed: seconds !== undefined || expected !== undefined,
  };
}

function readArch(text: string | undefined): Arch | undefined {
  if (text === undefined || text === 'x86_64' || text === 'i686') return text;
  throw usage(`--arch: there is no architecture ${quoted(text)}; use one of: x86_64, i686.`);
}

function readFirmware(text: string | undefined): Firmware | undefined {
  if (text === undefined || text === 'uefi' || text === 'bios') return text;
  throw usage(`--firmware: there is no firmware ${quoted(text)}; use one of: uefi, bios.`);
}

function readMemory(text: string): number {
  try {
    return parseSize(text, []);
  } catch (error) {
    if (!(error instanceof JobMistake)) throw error;
    throw usage(`--memory: ${error.message}.`);
  }
}

function usage(message: string): RunnerError {
  return new RunnerError('usage', message);
}
