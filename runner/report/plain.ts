// The report for pipes, logs and dumb terminals: a line for whatever happens, and every line that a step prints.
import type { BuildEvent } from '../event.ts';
import { printable } from '../printable.ts';
import { durationText } from './amounts.ts';
import {
  commandText,
  comparedLines,
  comparisonText,
  doneLines,
  factLines,
  failureLines,
  fetchText,
  sessionText,
  startedText,
  transferText,
  vmmDoneText,
  vmmText,
} from './event-text.ts';
import type { Report, ReportOutput } from './report.ts';

/** `verbose` adds the VMM's command lines. */
export function plainReport(output: ReportOutput, verbose: boolean): Report {
  let steps = 0;
  return {
    take(event) {
      if (event.type === 'build-started') steps = event.steps;
      for (const line of linesOf(event, steps, verbose)) output.write(`${printable(line)}\n`);
    },
    finish: async () => undefined,
  };
}

function linesOf(event: BuildEvent, steps: number, verbose: boolean): readonly string[] {
  const at = (step: number) => `[${step}/${steps}]`;
  switch (event.type) {
    case 'build-started':
      return [startedText(event)];
    case 'note':
      return `Note: ${event.text}`.split('\n');
    case 'vmm-chosen':
      return [vmmText(event)];
    case 'transfer':
      return [transferText(event)];
    case 'fetch':
      return [fetchText(event)];
    case 'comparison-started':
      return [comparisonText(event)];
    case 'vmm-done':
      return [vmmDoneText(event)];
    case 'compared':
      return comparedLines(event);
    case 'session-started':
      return [`${event.session}: ${sessionText(event)}`, ...(verbose ? [commandText(event)] : [])];
    case 'session-ready':
      return [`${event.session}: ready after ${durationText(event.hostMs)}`];
    case 'session-ended':
      return [`${event.session}: ended after ${durationText(event.durationMs)}`];
    case 'step-started':
      return [`${at(event.step)} ${event.title}`];
    case 'step-output':
      return [`${at(event.step)} | ${event.text}`];
    case 'step-done':
      return [
        ...factLines(event).map((fact) => `${at(event.step)} ${fact}`),
        `${at(event.step)} done in ${durationText(event.durationMs)}`,
      ];
    case 'step-failed':
      return [`${at(event.step)} failed after ${durationText(event.durationMs)}`, ...failureLines(event, false)];
    case 'build-done':
      return doneLines(event);
    case 'artifact':
    case 'build-failed':
      // Both are told at the end: artifacts with the build, the failure on standard error.
      return [];
  }
}
