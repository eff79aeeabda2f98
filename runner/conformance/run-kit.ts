// Runs the cases one after the other; whatever goes wrong in one is its finding, and the others go on.
import type { Bench } from './bench.ts';
import type { ConformanceCase, Finding } from './case.ts';
import { messageOf } from './sentences.ts';

export interface CaseResult {
  readonly tried: ConformanceCase;
  readonly finding: Finding;
  readonly durationMs: number;
}

// The slowest waits for two boots and 30 s of silence.
const limitMs = 300_000;

/** @throws the signal's reason once it is aborted */
export async function* runKit(bench: Bench, cases: readonly ConformanceCase[]): AsyncGenerator<CaseResult> {
  for (const tried of cases) {
    bench.signal.throwIfAborted();
    const startedAt = performance.now();
    const finding = await runCase(bench, tried);
    bench.signal.throwIfAborted();
    yield { tried, finding, durationMs: Math.round(performance.now() - startedAt) };
  }
}

async function runCase(bench: Bench, tried: ConformanceCase): Promise<Finding> {
  let stopClock = () => {};
  const late = new Promise<Finding>((resolve) => {
    const clock = setTimeout(resolve, limitMs, {
      kind: 'failed',
      because: `It did not end within ${limitMs / 1000} s.`,
    });
    stopClock = () => clearTimeout(clock);
  });
  try {
    return await Promise.race([tried.run(bench), late]);
  } catch (error) {
    return { kind: 'failed', because: messageOf(error) };
  } finally {
    stopClock();
  }
}
