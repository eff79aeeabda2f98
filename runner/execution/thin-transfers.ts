// Makes few events of many: of bytes on their way only what takes long enough to be worth a line.
import type { Transfer } from '../../vmm-adapters/lib/adapter.ts';

const firstMs = 1_000;
const everyMs = 5_000;

/** `show` is called for a transfer that takes longer than a second, then every 5 seconds, and at its end if it was called before. */
export function thinTransfers(
  show: (transfer: Transfer) => void,
  now = () => performance.now(),
): (transfer: Transfer) => void {
  let current: { readonly key: string; nextMs: number; shown: boolean } | undefined;
  return (transfer) => {
    const { host, direction, name, doneBytes, totalBytes } = transfer;
    const key = `${host} ${direction} ${name}`;
    if (current?.key !== key) current = { key, nextMs: now() + firstMs, shown: false };
    const isOver = doneBytes === totalBytes;
    const isDue = now() >= current.nextMs;
    if (isDue || (isOver && current.shown)) {
      current = { key, nextMs: now() + everyMs, shown: true };
      show(transfer);
    }
    if (isOver) current = undefined;
  };
}
