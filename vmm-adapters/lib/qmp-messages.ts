// Cuts what QEMU says on its QMP wire into messages; pure. Format: QEMU's docs/interop/qmp-spec.
import { StringDecoder } from 'node:string_decoder';

export type QmpMessage =
  | { readonly kind: 'greeting' }
  | { readonly kind: 'return'; readonly value: unknown }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'event'; readonly name: string; readonly data: Readonly<Record<string, unknown>> };

export interface QmpReader {
  /** The messages that end in these bytes; the rest waits for more. Lines that are no message are left out. */
  take(bytes: Uint8Array | string): QmpMessage[];
}

export function makeQmpReader(): QmpReader {
  const decoder = new StringDecoder('utf8');
  let unfinished = '';
  return {
    take(bytes) {
      unfinished += typeof bytes === 'string' ? bytes : decoder.write(Buffer.from(bytes));
      const lines = unfinished.split('\n');
      unfinished = lines.pop() ?? '';
      return lines.map(parseLine).filter((message) => message !== undefined);
    },
  };
}

function parseLine(line: string): QmpMessage | undefined {
  const value = parseObject(line);
  if (value === undefined) return undefined;
  if ('QMP' in value) return { kind: 'greeting' };
  if ('return' in value) return { kind: 'return', value: value['return'] };
  if ('error' in value) {
    const description = isRecord(value['error']) ? value['error']['desc'] : undefined;
    return { kind: 'error', message: typeof description === 'string' ? description : line };
  }
  if (typeof value['event'] !== 'string') return undefined;
  return { kind: 'event', name: value['event'], data: isRecord(value['data']) ? value['data'] : {} };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
