// Every case of the conformance kit is seen to fail: with a VMM that breaks its promise.
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { allCases } from '../../../runner/conformance/all-cases.ts';
import type { Finding } from '../../../runner/conformance/case.ts';
import type { AdapterDefinition } from '../../../vmm-adapters/lib/adapter.ts';
import { adapter as qemu } from '../../../vmm-adapters/qemu.ts';
import { type Fault, faults, leftProcesses } from './faults.ts';
import { findings } from './kit.ts';

afterEach(() => {
  for (const left of leftProcesses.splice(0)) left.kill();
});

/** QEMU's adapter with all these faults in it. */
function faulty(rows: readonly Fault[]): AdapterDefinition {
  const definition: AdapterDefinition = Object.assign({}, qemu, ...rows.map((row) => row.definition));
  return {
    ...definition,
    open(context) {
      const inner = qemu.open(context);
      let withFaults = inner;
      for (const { adapter } of rows) withFaults = Object.assign({}, withFaults, adapter?.(withFaults, context));
      return {
        ...withFaults,
        async boot(machine, signal) {
          const changed = rows.reduce((sum, row) => row.machine?.(sum) ?? sum, machine);
          const running = await withFaults.boot(changed, signal);
          return rows.reduce((sum, row) => row.running?.(sum, machine, context) ?? sum, running);
        },
      };
    },
  };
}

test.each(faults.map((rows) => [rows.map(({ number, name }) => `${number} ${name}`).join(', '), rows] as const))(
  '%s',
  async (_, rows) => {
    const program = [process.execPath, join(import.meta.dirname, 'faulty-vmb.mjs'), rows[0]?.name ?? ''];
    const numbers = rows.map(({ number }) => number);
    const found = await findings(faulty(rows), numbers, program);
    expect(numbers.map((number) => [number, found.get(number)?.kind])).toEqual(
      numbers.map((number) => [number, 'failed']),
    );
    const told = rows.map(({ number, because }) => partOf(found.get(number), because));
    expect(told).toEqual(rows.map(({ because }) => because));
  },
);

test('every case has its fault', () => {
  const numbers = faults.flat().map(({ number }) => number);
  expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual(allCases.map(({ number }) => number));
});

/** The expected part, or all that it says instead. */
function partOf(finding: Finding | undefined, expected: string): string {
  const text = finding === undefined || finding.kind === 'passed' ? '' : finding.because;
  return text.includes(expected) ? expected : text;
}
