// Cuts a step's output, which comes in any pieces, into lines of text, and remembers the last ones for a failure's message.

const longestLine = 64 * 1024;

export interface OutputLines {
  /** Takes bytes as they come; calls back for each whole line, without its end. */
  push(bytes: Uint8Array): void;
  /** Gives out a last line that has no end. */
  finish(): void;
  /** The last lines so far, oldest first. */
  last(): readonly string[];
}

/** Invalid UTF-8 becomes replacement characters; a line of more than 64 KiB is cut. A lone carriage return ends a line, as progress bars mean it. */
export function outputLines(onLine: (line: string) => void, keep = 20): OutputLines {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let open = '';
  const last: string[] = [];
  const emit = (line: string) => {
    last.push(line);
    if (last.length > keep) last.shift();
    onLine(line);
  };
  const take = (text: string, atEnd: boolean) => {
    const lines = (open + text).split(/\r?\n|\r(?=.)/s);
    open = lines.pop() ?? '';
    for (const line of lines) emit(line);
    while (open.length > longestLine) {
      emit(open.slice(0, longestLine));
      open = open.slice(longestLine);
    }
    if (atEnd && open !== '') {
      emit(open.replace(/\r$/, ''));
      open = '';
    }
  };
  return {
    push: (bytes) => take(decoder.decode(bytes, { stream: true }), false),
    finish: () => take(decoder.decode(), true),
    last: () => [...last],
  };
}
