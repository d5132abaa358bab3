import type { DatabaseConfig } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { madeName, newShortId } from '../lock/index.ts';
import { resolveTarget } from './target.ts';

const configured = {
  databases: [{ name: 'sage', url: 'postgres://sage@localhost/sage_memory' } as DatabaseConfig],
  servers: [],
};

const resolved = (into: string) => resolveTarget(configured, { database: 'sage', into }).connection.dbname;

describe('the name that a restore goes to', () => {
  it.each(['x'.repeat(63), 'a=b "c" \'d', '記憶'.repeat(10), 'sage_before_upgrade'])('may be %s', (into) => {
    expect(resolved(into)).toBe(into);
  });

  it.each(['', 'x'.repeat(64), '🐘'.repeat(16), 'a\0b'])(
    'is refused when PostgreSQL cannot hold it: %j',
    (into) => {
      expect(() => resolved(into)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
    },
  );

  it.each(['aside', 'before', 'scratch', 'mismatch'] as const)(
    'is refused when a cleanup would take it for a leftover: …_%s_…',
    (kind) => {
      const into = madeName('sage_memory', kind, newShortId('a job', 1));
      expect(() => resolved(into)).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT', advice: expect.stringContaining('cleanup') }),
      );
    },
  );
});
