import type { Incident } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { backup, databaseConfig, noon } from '../testing/facts.ts';
import { isOutlived } from './outlived.ts';

const { id } = backup().manifest;
const at = noon.toISOString();
const suspect: Incident = {
  ...{ version: 1, id: 'i1', key: 'suspect:sage', database: 'sage', severity: 'fail' },
  ...{ title: `${id} looks wrong against its history`, detail: '', advice: '' },
  ...{ openedAt: at, lastSeenAt: at, remindedAt: null, resolvedAt: null, occurrences: 1 },
};
const present = { databases: [databaseConfig()], channels: [], backups: [backup()], damaged: [], now: noon };

it('a suspect backup that cannot be read is still suspect; one that is gone, or acknowledged, is not', () => {
  const doubted = backup({ marks: { suspect: { kind: 'suspect', at, reasons: ['x'] } } });
  expect(isOutlived(suspect, { ...present, backups: [doubted] })).toBe(false);
  expect(isOutlived(suspect, { ...present, backups: [], damaged: [id] })).toBe(false);
  expect(isOutlived(suspect, { ...present, backups: [], damaged: [`${id}_2`] })).toBe(true);
  expect(isOutlived(suspect, present)).toBe(true);
});
