// The report for terminals: what runs shows its last output line and its time, what is done stays.
import type { BuildEvent } from '../event.ts';
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
import { type LiveScreen, liveScreen } from './live-screen.ts';
import type { Report, ReportOutput } from './report.ts';

/** `verbose` adds the VMM's command lines. */
export function terminalReport(output: ReportOutput, verbose: boolean): Report {
  const screen = liveScreen(output);
  let steps = 0;
  return {
    take(event) {
      if (event.type === 'build-started') steps = event.steps;
      show(event, screen, steps, verbose);
    },
    async finish() {
      screen.end(false);
      await screen.settled();
    },
  };
}

function show(event: BuildEvent, screen: LiveScreen, steps: number, verbose: boolean): void {
  switch (event.type) {
    case 'session-started':
      if (verbose) screen.say([commandText(event)]);
      screen.begin(sessionText(event));
      break;
    case 'session-ready':
      screen.end(true, event.hostMs);
      break;
    case 'step-started':
      // A boot that was not needed to its end, or a step whose end got lost, must not hide this one.
      screen.end(true);
      screen.begin(`[${event.step}/${steps}] ${event.title}`);
      break;
    case 'step-output':
      screen.mutter(event.text);
      break;
    case 'step-done':
    case 'step-failed':
      screen.end(event.type === 'step-done', event.durationMs);
      screen.say(linesOf(event));
      break;
    default:
      screen.say(linesOf(event));
  }
}

/** What an event leaves on the screen below everything that was there. */
function linesOf(event: BuildEvent): readonly string[] {
  switch (event.type) {
    case 'build-started':
      return [startedText(event)];
    case 'note':
      return event.text.split('\n');
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
    case 'step-done':
      return factLines(event).map((fact) => `  ${fact}`);
    case 'step-failed':
      return failureLines(event, true);
    case 'build-done':
      return doneLines(event);
    default:
      return [];
  }
}
