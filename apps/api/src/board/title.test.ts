import { expect, it } from 'vitest';
import { titleOf } from './title.ts';

it.each([
  ['backup', { database: 'sage', by: 'ada' }, 'backup sage'],
  ['restore', { database: 'sage', backup: 'latest' }, 'restore sage ← latest'],
  ['restore', { database: 'sage', file: 'old/x.sql', into: 'copy' }, 'restore sage → copy ← old/x.sql'],
  ['prove', { backup: 'sage_backup_20261122_020000' }, 'prove ← sage_backup_20261122_020000'],
  ['monitor', {}, 'monitor'],
  ['backup', 'nonsense put straight into Redis', 'backup'],
  ['backup', null, 'backup'],
])('%s of %j', (name, payload, title) => {
  expect(titleOf(name, payload)).toBe(title);
});
