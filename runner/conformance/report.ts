// The result of a run of the kit: lines of a table while it goes on, and one JSON document.
import { durationText } from '../report/amounts.ts';
import type { Bench } from './bench.ts';
import type { CaseResult } from './run-kit.ts';

const words = { passed: 'passed', failed: 'FAILED', 'not-applicable': 'not applicable' } as const;

export function headLine({ definition, probe, buildVm, bootWay }: Bench): string {
  return `${definition.name} ${probe.version} (${probe.acceleration.because}), boot by ${bootWay}, build-VM ${buildVm.name}`;
}

export function caseLines({ tried, finding, durationMs }: CaseResult): string[] {
  const number = String(tried.number).padStart(2);
  const line = `${number}  ${words[finding.kind].padEnd(14)}  ${durationText(durationMs).padStart(7)}  ${tried.name}`;
  if (finding.kind === 'passed') return [line];
  const why = finding.because.split('\n').map((text) => `      ${text}`);
  return finding.kind === 'failed' ? [line, `      Promise: ${tried.promise}`, ...why] : [line, ...why];
}

export function totalLine(results: readonly CaseResult[]): string {
  const count = (kind: keyof typeof words) => results.filter(({ finding }) => finding.kind === kind).length;
  const ms = results.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return `${count('passed')} passed, ${count('failed')} failed, ${count('not-applicable')} not applicable, in ${durationText(ms)}`;
}

/** Rises when the meaning of a field changes or one disappears. */
const schema = 1;

export function jsonReport(
  bench: Bench,
  options: Readonly<Record<string, string>>,
  results: readonly CaseResult[],
): string {
  const { definition, probe, buildVm, bootWay } = bench;
  const document = {
    schema,
    vmm: definition.name,
    version: probe.version,
    acceleration: probe.acceleration,
    options,
    capabilities: probe.capabilities,
    boot: bootWay,
    buildVm: buildVm.name,
    passed: results.every(({ finding }) => finding.kind !== 'failed'),
    cases: results.map(({ tried, finding, durationMs }) => ({
      number: tried.number,
      subject: tried.subject,
      name: tried.name,
      promise: tried.promise,
      result: finding.kind,
      ...(finding.kind === 'passed' ? {} : { because: finding.because }),
      durationMs,
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
