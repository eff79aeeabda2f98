// Asks qemu-img on another machine where a raw file holds data; its answer is checked before it is believed.
import { AdapterError } from './adapter-error.ts';
import type { CommandRunner } from './command.ts';
import type { DataRange } from './file-ranges.ts';

/** In order, without overlaps. `host`: for messages. @throws AdapterError `host-altered` for an answer that cannot be */
export async function dataRanges(
  commands: CommandRunner,
  host: string,
  path: string,
  sizeBytes: number,
): Promise<DataRange[]> {
  const { stdout } = await commands.run('qemu-img', ['map', '--output=json', '-f', 'raw', path]);
  const ranges = readMap(stdout, sizeBytes);
  if (ranges !== undefined) return ranges;
  throw new AdapterError(
    'host-altered',
    `${host}: qemu-img there tells of data in ${path} where there can be none: the file has ${sizeBytes} bytes. Nothing of it was used.`,
  );
}

/** Undefined when the text is no map of a file of this size. */
export function readMap(text: string, sizeBytes: number): DataRange[] | undefined {
  const entries = parsed(text);
  if (!Array.isArray(entries)) return undefined;
  const ranges: DataRange[] = [];
  let end = 0;
  for (const entry of entries) {
    const fields = new Map<string, unknown>(typeof entry === 'object' && entry !== null ? Object.entries(entry) : []);
    const [offset, length, isZero] = [fields.get('start'), fields.get('length'), fields.get('zero')];
    if (!isAmount(offset) || !isAmount(length) || offset < end || offset + length > sizeBytes) return undefined;
    end = offset + length;
    if (isZero !== true) ranges.push({ offset, length });
  }
  return ranges;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
