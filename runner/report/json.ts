// The report for programs: one event a line. docs/events.md describes them.
import type { Report, ReportOutput } from './report.ts';

/** Rises when the meaning of a field changes or one disappears; new events and fields leave it as it is. */
const eventSchema = 1;

export function jsonReport(output: ReportOutput): Report {
  return {
    take: (event) => void output.write(`${harmless(JSON.stringify({ schema: eventSchema, ...event }))}\n`),
    finish: async () => undefined,
  };
}

/** JSON lets C1 controls and turned text through, which a terminal obeys; within its strings they may as well be escaped. */
function harmless(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
