// Puts bytes together that the agent sent in one frame as they are, or compressed in several.
import { gunzipSync } from 'node:zlib';
import type { Frame } from './frame.ts';
import { decodeBase64, malformed } from './step-report.ts';

export interface Batch {
  /** The frame's type without `-part` and `-last`. */
  readonly type: string;
  readonly bytes: Buffer;
}

export interface Batches {
  /** The batch that became whole with this frame, if one did. @throws BorderError `frame-malformed` */
  take(frame: Frame): Batch | undefined;
}

// What the agent reads at once.
const batchBytes = 64 * 1024;

export function batches(): Batches {
  let parts: Buffer[] = [];
  return {
    take({ type, body }) {
      const bytes = decodeBase64(body);
      if (type.endsWith('-part')) {
        parts.push(bytes);
        if (parts.length > batchBytes / 1024) throw malformed('a batch without an end');
        return undefined;
      }
      if (!type.endsWith('-last')) return { type, bytes };
      const whole = Buffer.concat([...parts, bytes]);
      parts = [];
      return { type: type.slice(0, -'-last'.length), bytes: unpack(whole) };
    },
  };
}

function unpack(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: batchBytes });
  } catch {
    throw malformed('a batch that cannot be unpacked');
  }
}
