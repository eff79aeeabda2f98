// Every case of the conformance kit is seen to fail: with a VMM that breaks its promise.
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { allCases } from '../../../runner/conformance/all-cases.ts';
import type { Adapter, AdapterDefinition } from '../../../vmm-adapters/lib/adapter.ts';
import { adapter as qemu } from '../../../vmm-adapters/qemu.ts';
import { type Fault, faults, leftProcesses } from './faults.ts';
import { findings } from './kit.ts';

afterEach(() => {
  for (const left of leftProcesses.splice(0)) left.kill();
});

/** QEMU's adapter with all these faults in it. */
function faulty(rows: readonly Fault[]): AdapterDefinition {
  const definition = rows.reduce((sum, row) => ({ ...sum, ...row.definition }), qemu);
  return {
    ...definition,
    open(context) {
      const inner = qemu.open(context);
      const withFaults = rows.reduce<Adapter>((sum, { adapter }) => ({ ...sum, ...adapter?.(sum, context) }), inner);
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
    expect(rows.map(({ number, name }) => [name, sentence(found.get(number))])).toMatchSnapshot();
  },
);

test('every case has its fault', () => {
  const numbers = faults.flat().map(({ number }) => number);
  expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual(allCases.map(({ number }) => number));
});

/** Without what differs from run to run. */
function sentence(finding: unknown): string {
  const text = JSON.stringify(finding);
  return text
    .replace(/\/[^ "',;]*vmb-kit-[^ "',;/]*/g, 'HOME')
    .replace(/HOME\/state\/work\/[^ "',;/]*/g, 'WORK')
    .replace(/\d+-[0-9a-f]{8}/g, 'OWNER')
    .replace(/\d+\.\d+ s/g, 'N s')
    .replace(/\d+ MiB of/g, 'N MiB of')
    .replace(/missing before \d+/g, 'missing before N')
    .replace(/frame \d+ of/g, 'frame N of');
}
