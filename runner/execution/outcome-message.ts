// Says in a sentence how a step ended, and what to do about it.
import type { StepOutcome } from '../../build-vm/border/session.ts';

export function outcomeMessage(outcome: StepOutcome, timeoutMs: number): string {
  switch (outcome.kind) {
    case 'exit':
      return `it ended with exit code ${outcome.code}.`;
    case 'signal':
      return `it was ended by signal ${outcome.signal}.`;
    case 'timeout':
      return `it took longer than its ${timeoutMs / 1000} s and was ended; give it a longer \`timeout\` if it needs the time.`;
    case 'out-of-memory':
      return `it ended with exit code ${outcome.code} after the VM ran out of memory; raise \`memory\` in [machine].`;
    case 'scratch-full':
      return `it ended with exit code ${outcome.code} and left no room in /tmp; give the build a larger \`scratch\` in [machine].`;
    case 'payload-out-full':
      return `it ended with exit code ${outcome.code}, because what it brings out is larger than the room for it; bring out less, or from a smaller folder.`;
    case 'target-full':
      return `it ended with exit code ${outcome.code} and left no room on the target’s disk; make the disk and its filesystem larger.`;
  }
}
