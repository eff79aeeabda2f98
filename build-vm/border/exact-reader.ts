// Reads a stream of chunks in pieces of exactly the lengths that are asked for, holding no more than one chunk, and none
// beyond the time when the next one is asked for.

export interface ExactReader {
  /** That many bytes, or fewer at the end of the stream. For small pieces only. */
  take(bytes: number): Promise<Buffer>;
  /** The next bytes in chunks as they come, each to be used before the next; fewer at the end of the stream. */
  pass(bytes: number): AsyncGenerator<Buffer>;
  /** Ends the stream before its end. */
  close(): Promise<void>;
}

export function exactReader(chunks: AsyncIterable<Uint8Array>): ExactReader {
  const iterator = chunks[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  async function* pass(bytes: number): AsyncGenerator<Buffer> {
    let left = bytes;
    while (left > 0) {
      if (held.length === 0) {
        const { done, value } = await iterator.next();
        if (done === true) return;
        held = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      }
      const piece = held.subarray(0, left);
      held = held.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }
  return {
    pass,
    async take(bytes) {
      const pieces: Buffer[] = [];
      for await (const piece of pass(bytes)) pieces.push(Buffer.from(piece));
      return Buffer.concat(pieces);
    },
    async close() {
      await iterator.return?.();
    },
  };
}
