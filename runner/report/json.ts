// The report for programs: one event a line. docs/events.md describes them.
import { harmlessJson } from '../printable.ts';
import type { Report, ReportOutput } from './report.ts';

/** Rises when the meaning of a field changes or one disappears; new events and fields leave it as it is. */
const eventSchema = 1;

export function jsonReport(output: ReportOutput): Report {
  return {
    take: (event) => void output.write(`${harmlessJson(JSON.stringify({ schema: eventSchema, ...event }))}\n`),
    finish: async () => undefined,
  };
}
