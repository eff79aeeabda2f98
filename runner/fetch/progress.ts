// Tells how far a fetch is: when it takes longer than a second, then every five, and once at its end.
import type { EventSink } from '../event.ts';

const firstMs = 1_000;
const everyMs = 5_000;

export interface Progress {
  went(doneBytes: number, totalBytes: number | undefined): void;
  ended(totalBytes: number): void;
}

/** `what.from` holds no secret. */
export function tellProgress(
  what: { readonly name: string; readonly from: string },
  emit: EventSink,
  now = () => performance.now(),
): Progress {
  let nextMs = now() + firstMs;
  return {
    went(doneBytes, totalBytes) {
      if (now() < nextMs || doneBytes === totalBytes) return;
      nextMs = now() + everyMs;
      emit({ type: 'fetch', ...what, doneBytes, ...(totalBytes === undefined ? {} : { totalBytes }) });
    },
    ended(totalBytes) {
      emit({ type: 'fetch', ...what, doneBytes: totalBytes, totalBytes });
    },
  };
}
