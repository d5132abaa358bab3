import type { DatabaseRecord } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { labelledFindings } from '../monitor/labelled.ts';
import { databaseConfig, hour, noon, statusFacts } from '../testing/facts.ts';
import { statusOf } from './statusOf.ts';

const record: DatabaseRecord = {
  version: 1,
  id: 'sage',
  name: 'sage',
  container: 'sage-db',
  containerId: 'c1',
  dbname: 'sage_memory',
  state: 'ready',
  why: null,
  advice: null,
  since: new Date(noon.getTime() - hour).toISOString(),
  seenAt: noon.toISOString(),
};
const trouble = { why: 'it was removed', advice: 'docker start sage-db' };

function judged(changes: Partial<DatabaseRecord>, unreachable = { why: 'w', advice: 'a' }) {
  const config = databaseConfig({ container: 'sage-db', unreachable });
  const { databases } = statusOf(statusFacts({ databases: [config], labelled: [{ ...record, ...changes }] }));
  const line = databases[0]?.lines.find(({ id }) => id.startsWith('labelled:'));
  return { line, finding: labelledFindings(databases)[0] };
}

it.each<[string, Partial<DatabaseRecord>, 'ok' | 'fail', string]>([
  ['protected', {}, 'ok', 'found by the labels'],
  ['gone', { state: 'gone', ...trouble }, 'fail', 'is gone'],
  ['not reached', { state: 'unreachable', ...trouble }, 'fail', 'cannot be reached'],
  ['refused', { state: 'refused', ...trouble }, 'fail', 'labelled but NOT protected'],
  ['missed', { seenAt: new Date(noon.getTime() - hour).toISOString() }, 'fail', 'not seen any more'],
])('a labelled container that is %s has its line and its finding', (_what, changes, level, text) => {
  const { line, finding } = judged(changes);
  expect(line).toMatchObject({ level, text: expect.stringContaining(text) });
  expect(finding).toMatchObject({
    id: 'container.labelled',
    title: 'sage: Labelled container',
    status: level === 'ok' ? 'pass' : 'fail',
  });
  if (changes.state !== undefined)
    expect(line).toMatchObject({ since: record.since, why: trouble.why, command: trouble.advice });
});

it('warns of a label that the configuration outranks, and says nothing of databases without labels', () => {
  const facts = statusFacts({ labelled: [{ ...record, state: 'refused', ...trouble }] });
  const { databases } = statusOf(facts);
  expect(databases[0]?.lines).toContainEqual(expect.objectContaining({ id: 'labelled:sage', level: 'warn' }));
  expect(labelledFindings(statusOf(statusFacts()).databases)).toEqual([]);
});
