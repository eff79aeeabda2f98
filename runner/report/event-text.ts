// Sentences for events, shared by the reports for people.
import type { ArtifactFact, BuildEvent } from '../event.ts';
import { printable } from '../printable.ts';
import { amountText, durationText } from './amounts.ts';
import { columns } from './columns.ts';
import { shellWords } from './shell-words.ts';

type Event<T extends BuildEvent['type']> = Extract<BuildEvent, { type: T }>;

export function startedText(event: Event<'build-started'>): string {
  const { name, version, arch, variant, repository, steps, sessions, buildVm } = event;
  const which = variant === undefined ? arch : `${arch}, ${variant}`;
  const amount = `${counted(steps, 'step')} in ${counted(sessions, 'session')}`;
  return `Building ${name} ${version} (${which}) of ${repository}: ${amount}, with build-VM ${buildVm.slice(0, 12)}`;
}

export function vmmText(event: Event<'vmm-chosen'>): string {
  const at = event.host === undefined ? '' : ` on ${event.host}`;
  return `VMM: ${event.vmm} ${event.version}${at}, ${event.because}`;
}

export function transferText({ host, direction, name, doneBytes, totalBytes }: Event<'transfer'>): string {
  const amount =
    doneBytes === totalBytes ? amountText(totalBytes) : `${amountText(doneBytes)} of ${amountText(totalBytes)}`;
  return direction === 'there' ? `sent ${name} to ${host}: ${amount}` : `fetched ${name} from ${host}: ${amount}`;
}

export function fetchText({ name, from, doneBytes, totalBytes }: Event<'fetch'>): string {
  const whole = totalBytes === undefined || doneBytes === totalBytes ? '' : ` of ${amountText(totalBytes)}`;
  return `${doneBytes === totalBytes ? 'fetched' : 'fetching'} ${name} from ${from}: ${amountText(doneBytes)}${whole}`;
}

export function comparisonText({ vmms }: Event<'comparison-started'>): string {
  return `Comparing ${vmms.length} VMMs, which build one after the other: ${vmms.join(', ')}`;
}

export function vmmDoneText({ vmm, durationMs }: Event<'vmm-done'>): string {
  return `${vmm}: built in ${durationText(durationMs)}`;
}

/** A difference is told as the build's failure. */
export function comparedLines({ comparison: { vmms, equal } }: Event<'compared'>): string[] {
  return equal ? [`Equal to the byte: ${vmms.join(', ')}`] : [];
}

export function sessionText(event: Event<'session-started'>): string {
  const what = event.target === undefined ? 'the build-VM' : `the disk ${event.target}`;
  return `boot ${what} for ${event.steps.length === 1 ? 'step' : 'steps'} ${rangesText(event.steps)}`;
}

export function commandText(event: Event<'session-started'>): string {
  return `${event.session} runs: ${shellWords(event.command)}`;
}

/** What helps to find out why a step failed: below the step's own line. */
export function failureLines(event: Event<'step-failed'>, withOutput: boolean): string[] {
  const lines: string[] = [];
  if (withOutput && event.lastLines.length > 0) {
    lines.push('Last lines:', ...event.lastLines.map((line) => `  | ${printable(line)}`));
  }
  if (event.consoleLog !== undefined) lines.push(`Console log: ${event.consoleLog}`);
  if (event.lookCloser.length > 0) lines.push('To look closer:', ...event.lookCloser.map((command) => `  ${command}`));
  return lines;
}

/** What a step found out, one line each. */
export function factLines(event: Event<'step-done'>): string[] {
  return Object.entries(event.facts).map(([name, value]) => `${name}: ${value}`);
}

/** A build that only runs something is possible, but seldom what was meant. */
export const noArtifacts =
  'No artifacts: no step hands anything over. export, copy-out, tar-out, diff, and uki with "as" do.';

export function doneLines(event: Event<'build-done'>): string[] {
  const table = event.artifacts.length === 0 ? [noArtifacts] : columns(event.artifacts.map(artifactRow));
  return [...table, `Done in ${durationText(event.durationMs)}. Record: ${event.record}`];
}

function artifactRow(artifact: ArtifactFact): string[] {
  return [printable(artifact.path), amountText(artifact.sizeBytes), `sha256 ${artifact.sha256}`];
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** "1-3, 5" for 1, 2, 3, 5. */
function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
