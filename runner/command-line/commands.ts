// Every command with its one line of help; the rest of a command is loaded when it is called, so that `vmb --help` is quick.
import type { CommandDefinition } from './command.ts';

export interface CommandEntry {
  readonly summary: string;
  load(): Promise<{ readonly command: CommandDefinition }>;
}

/** In the order of the help. A command of two words stands under both. */
export const commands: ReadonlyMap<string, CommandEntry> = new Map([
  ['build', { summary: 'Build disk images and EFI programs', load: () => import('./commands/build.ts') }],
  ['plan', { summary: 'Show what a build would do, without a VM', load: () => import('./commands/plan.ts') }],
  ['config', { summary: 'Print a build file with all that it extends', load: () => import('./commands/config.ts') }],
  ['list', { summary: 'List the builds of all repositories', load: () => import('./commands/list.ts') }],
  ['import', { summary: 'Register a folder of build files', load: () => import('./commands/import.ts') }],
  ['convert', { summary: 'Print vm-builder’s build.xml as TOML', load: () => import('./commands/convert.ts') }],
  ['forget', { summary: 'End the registration of a folder', load: () => import('./commands/forget.ts') }],
  ['lock', { summary: 'Fix what a build fetches, and carry its inputs', load: () => import('./commands/lock.ts') }],
  ['jobs', { summary: 'List the jobs, or one job’s options', load: () => import('./commands/jobs.ts') }],
  ['schema', { summary: 'Print a JSON Schema of build files', load: () => import('./commands/schema.ts') }],
  ['boot', { summary: 'Boot a disk image or EFI program', load: () => import('./commands/boot.ts') }],
  ['diff', { summary: 'Tell how two images, folders or files differ', load: () => import('./commands/diff.ts') }],
  ['doctor', { summary: 'Tell what is there and what is missing', load: () => import('./commands/doctor.ts') }],
  ['conformance', { summary: 'Certify a VMM, case by case', load: () => import('./commands/conformance.ts') }],
  ['clean', { summary: 'Remove what vmb left on this machine', load: () => import('./commands/clean.ts') }],
  ['build-vm make', { summary: 'Make the build-VMs', load: () => import('./commands/build-vm-make.ts') }],
  ['build-vm show', { summary: 'Show what builds use', load: () => import('./commands/build-vm-show.ts') }],
  ['build-vm save', { summary: 'Write the build-VMs to a file', load: () => import('./commands/build-vm-save.ts') }],
  ['build-vm load', { summary: 'Take build-VMs from a file', load: () => import('./commands/build-vm-load.ts') }],
  ['build-vm check', { summary: 'Make them again and compare', load: () => import('./commands/build-vm-check.ts') }],
  ['build-vm lock', { summary: 'Move the pins of their inputs', load: () => import('./commands/build-vm-lock.ts') }],
]);
