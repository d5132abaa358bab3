import { expect, it } from 'vitest';
import { catchUpId, runId } from '../schedules/runIds.ts';
import { lateness } from './lateness.ts';

const due = Date.parse('2026-11-22T02:00:00Z');
const minute = 60_000;

it.each([
  [runId('backup-sage', due), due + minute, null],
  [runId('backup-sage', due), due + 6 * minute, 'A late run: it was planned for 2026-11-22T02:00:00.000Z.'],
  [
    catchUpId('backup-sage', due),
    due + minute,
    'A catch-up run: it was planned for 2026-11-22T02:00:00.000Z and did not happen then.',
  ],
  ['backup-6f1c0d52-0f0e-4c39-9a52-1c6d1c0f7d11', due + 6 * minute, null],
  ['', due, null],
])('of %s', (id, now, text) => {
  expect(lateness(id, now)).toBe(text);
});
