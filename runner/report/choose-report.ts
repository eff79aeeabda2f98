// Chooses how a build is shown: for programs, on a terminal, or as lines.
import type { Environment } from '../state/folders.ts';
import { jsonReport } from './json.ts';
import { plainReport } from './plain.ts';
import type { Report, ReportOutput } from './report.ts';

export interface Screen extends ReportOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Narrower than this nothing can be told in one line. */
const narrowestColumns = 20;

export async function chooseReport(
  stdout: Screen,
  environment: Environment,
  how: { readonly json: boolean; readonly verbose: boolean },
): Promise<Report> {
  if (how.json) return jsonReport(stdout);
  const isScreen =
    stdout.isTTY === true && environment['TERM'] !== 'dumb' && (stdout.columns ?? 80) >= narrowestColumns;
  if (!isScreen) return plainReport(stdout, how.verbose);
  const { terminalReport } = await import('./terminal.ts');
  return terminalReport(stdout, how.verbose);
}
