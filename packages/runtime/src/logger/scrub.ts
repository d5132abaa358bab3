import { Transform } from 'node:stream';

const replacement = '[secret]';

/**
 * A function that takes every secret out of a text. The longest forms go first, so that no rest of one is left. The list
 * may grow: what was added is taken out of the next text.
 */
export function createScrubber(secrets: readonly string[]): (text: string) => string {
  let known = 0;
  let pattern: RegExp | null = null;
  return (text) => {
    if (secrets.length !== known) pattern = patternOf(secrets);
    known = secrets.length;
    return pattern === null ? text : text.replace(pattern, replacement);
  };
}

function patternOf(secrets: readonly string[]): RegExp {
  const alternatives = [...secrets].sort((a, b) => b.length - a.length).map(escaped);
  return new RegExp(alternatives.join('|'), 'g');
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
