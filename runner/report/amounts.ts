// Times and sizes as people read them.

/** "0.4 s", "12.3 s", "2 min 05 s", "1 h 02 min". */
export function durationText(ms: number): string {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** "512 bytes", "4.7 MiB": rounded, with one decimal below 10. */
export function amountText(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 'bytes';
  for (const larger of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = larger;
  }
  return unit === 'bytes' ? `${bytes} bytes` : `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
