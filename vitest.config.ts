// How tests run: three projects by layer, so that `vitest --project unit` stays quick and VM boots are few at a time.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      // A deadline for what hangs, not for a machine with other work.
      {
        test: {
          name: 'unit',
          include: ['test/{runner,jobs,vmm-adapters,build-vm,architecture}/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      { test: { name: 'guest', include: ['test/guest/**/*.test.ts'], testTimeout: 120_000 } },
      {
        test: {
          name: 'bench',
          include: ['test/bench/**/*.bench.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
          // Figures are the report: they come as they are, without a heading for each.
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: 'equal-bytes',
          include: ['test/vm/equal-bytes/*.matrix.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'vm',
          include: ['test/vm/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // After the others: machines are slow enough without company.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
