import { once } from 'node:events';
import type { Readable } from 'node:stream';

const longest = 4096;

/** Takes the first line off a stream that nobody reads yet, without its line feed; the rest stays to be read. */
export async function firstLine(stream: Readable): Promise<string> {
  let text = Buffer.alloc(0);
  for (;;) {
    const chunk: Buffer | null = stream.read();
    if (chunk !== null) {
      text = Buffer.concat([text, chunk]);
      const end = text.indexOf(0x0a);
      if (end === -1 && text.length < longest) continue;
      const line = end === -1 ? text : text.subarray(0, end);
      if (end !== -1 && end + 1 < text.length) stream.unshift(text.subarray(end + 1));
      return line.toString('utf8');
    }
    if (stream.readableEnded || stream.destroyed) return text.toString('utf8');
    const raced = new AbortController();
    const { signal } = raced;
    await Promise.race(['readable', 'end', 'close'].map((event) => once(stream, event, { signal })));
    raced.abort();
  }
}
