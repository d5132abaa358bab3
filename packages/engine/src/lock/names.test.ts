import { describe, expect, it } from 'vitest';
import { isMadeFor, madeName, newShortId, parseApplicationName, parseMadeName } from './names.ts';

const id = newShortId('restore-42', 3);

describe('names made in PostgreSQL', () => {
  it('are the same for all attempts of a job but for the attempt', () => {
    expect(id).toMatch(/^[0-9a-f]{8}a3n[0-9a-f]{4}$/);
    expect(newShortId('restore-42', 4).slice(0, 8)).toBe(id.slice(0, 8));
  });

  it('are never the same twice', () => {
    const ids = Array.from({ length: 20 }, () => newShortId('restore-42', 1));
    expect(new Set(ids).size).toBeGreaterThan(15);
  });

  it.each(['sage_memory', 'a=b "c"', 'x'.repeat(63), '記憶'.repeat(10), 'ab🐘'.repeat(10), ''])(
    'fit into 63 bytes and are recognised: %s',
    (dbname) => {
      for (const kind of ['aside', 'before', 'scratch', 'mismatch'] as const) {
        const name = madeName(dbname, kind, id);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
        expect(name).not.toContain('\uFFFD');
        expect(parseMadeName(name)).toMatchObject({ kind, shortId: id });
        expect(isMadeFor(name, dbname)).toBe(true);
        expect(isMadeFor(name, `${dbname.slice(0, 2)}other`)).toBe(false);
      }
    },
  );

  it('never take a foreign database for ours', () => {
    for (const name of [
      'sage_aside',
      'sage_aside_2',
      'sage_before_upgrade',
      'sage_aside_0123456789',
      'a_aside_',
    ]) {
      expect(parseMadeName(name)).toBeNull();
    }
  });

  it('tell kind, job and attempt of a session', () => {
    expect(parseApplicationName(`sagekeep-restore/${id}`)).toEqual({
      kind: 'restore',
      job: id.slice(0, 8),
      attempt: 3,
    });
    expect(parseApplicationName('psql')).toBeNull();
  });
});
