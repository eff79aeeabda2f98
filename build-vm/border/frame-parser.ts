// Cuts the bytes of the serial console into lines, and those into frames and text, however the bytes arrive.
import { type Line, parseLine } from './frame.ts';

// Longer than any frame (4000 bytes); firmware may draw its screen without a single line end.
const longestLineBytes = 8192;

export interface FrameParser {
  /** The lines that became whole with these bytes. */
  push(bytes: Uint8Array): Line[];
  /** What is left of a line that never ended: no frame, even if it looks like one. */
  end(): Line[];
}

export function frameParser(): FrameParser {
  let begun: Buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      const lines: Line[] = [];
      let rest = Buffer.concat([begun, bytes]);
      for (;;) {
        const at = rest.indexOf(10);
        const length = at === -1 ? rest.length : at;
        if (length > longestLineBytes) {
          lines.push(textOf(rest.subarray(0, longestLineBytes)));
          rest = rest.subarray(longestLineBytes);
        } else if (at === -1) {
          begun = rest;
          return lines;
        } else {
          lines.push(parseLine(withoutReturns(rest.subarray(0, at))));
          rest = rest.subarray(at + 1);
        }
      }
    },
    end() {
      const line = withoutReturns(begun);
      begun = Buffer.alloc(0);
      return line.length === 0 ? [] : [textOf(line)];
    },
  };
}

/** Terminals and VMMs turn a line end into CR LF, some into CR CR LF. */
function withoutReturns(line: Buffer): Buffer {
  let end = line.length;
  while (end > 0 && line[end - 1] === 13) end -= 1;
  return line.subarray(0, end);
}

function textOf(line: Buffer): Line {
  return { kind: 'text', text: line.toString('utf8') };
}
