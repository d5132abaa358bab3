import { SagekeepError } from '@sagekeep/contracts';
import type { Toc, TocEntry } from './toc.ts';

const indexDefinition = /^CREATE (?:UNIQUE )?INDEX ("(?:[^"]|"")+"|[^\s"]+) ON /;

function nameOfIndex(definition: string): string | null {
  const written = indexDefinition.exec(definition)?.[1];
  if (written === undefined) return null;
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;
}

/** What is wrong with a definition that belongs to another moment than its entry. Null when nothing is known to be. */
function fault({ type, tag, definition }: TocEntry): string | null {
  const text = definition ?? '';
  if ((type === 'INDEX' || type === 'STATISTICS') && /^;?\s*$/.test(text)) return 'it is gone';
  if (type === 'FUNCTION' && /\) RETURNS *\n/.test(text)) return 'it is gone';
  const name = type === 'INDEX' ? nameOfIndex(text) : null;
  return name === null || name === tag ? null : `it has the name ${JSON.stringify(name)}`;
}

/**
 * Throws a retryable `OBJECT_BUSY` for an archive that would restore something by another name than it has, or not at all.
 * pg_dump lists objects as its snapshot has them and is told the texts of some as they are a moment later: an index that
 * REINDEX CONCURRENTLY has swapped in between is called `…_ccold`; one that was dropped has no text, a function that was
 * dropped no result. Another archive, made a moment later, is right.
 */
export function requireWholeDefinitions({ entries }: Toc): void {
  for (const entry of entries) {
    const wrong = fault(entry);
    if (wrong === null) continue;
    const what = `${entry.type.toLowerCase()} ${JSON.stringify(entry.tag)}`;
    throw new SagekeepError(
      'OBJECT_BUSY',
      `The ${what} was changed while pg_dump read its definition: ${wrong}.`,
      {
        retryable: true,
        advice: 'The job can be run again.',
        facts: { changed: what },
      },
    );
  }
}
