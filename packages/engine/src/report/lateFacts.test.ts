import { expect, it } from 'vitest';
import { exampleContext } from '../cleanup/testing/scene.ts';
import { verificationReport } from '../verify/report.ts';

const facts = {
  payload: { database: 'sage', mode: 'quick', by: 'schedule' },
  status: 'pass',
  findings: [],
  at: new Date('2026-11-22T02:10:00Z'),
  durationMs: 5,
  server: 'postgresql://h',
  dbname: 'sage_memory',
} as const;

it('a report says that its run was late, and nothing when it was in time', () => {
  const late = 'A late run: it was planned for 2026-11-22T02:00:00.000Z.';
  const said = verificationReport({ ...facts, context: exampleContext({ late }) });
  expect(said.sections[0]?.facts).toContainEqual({ name: 'run', value: late });
  for (const context of [exampleContext(), exampleContext({ late: null })]) {
    const inTime = verificationReport({ ...facts, context }).sections[0]?.facts;
    expect(inTime?.map(({ name }) => name)).not.toContain('run');
  }
});
