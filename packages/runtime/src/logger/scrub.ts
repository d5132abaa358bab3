import { Transform } from 'node:stream';

const replacement = '[secret]';

/** A function that takes every secret out of a text. The longest forms go first, so that no rest of one is left. */
export function createScrubber(secrets: readonly string[]): (text: string) => string {
  if (secrets.length === 0) return (text) => text;
  const alternatives = [...secrets].sort((a, b) => b.length - a.length).map(escaped);
  const pattern = new RegExp(alternatives.join('|'), 'g');
  return (text) => text.replace(pattern, replacement);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

/** A stream of whole lines (as pino writes them) without secrets. */
export function createScrubStream(secrets: readonly string[]): Transform {
  const scrub = createScrubber(secrets);
  return new Transform({
    decodeStrings: false,
    transform(chunk: unknown, _encoding, done) {
      done(null, scrub(String(chunk)));
    },
  });
}
