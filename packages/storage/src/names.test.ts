import { expect, it } from 'vitest';
import { databaseOfId } from './names.ts';

it('the database is read out of an id, and out of nothing else', () => {
  expect(databaseOfId('my_db_backup_x_backup_20261123_020000_2')).toBe('my_db_backup_x');
  expect(databaseOfId('sage_backup_20261123_020000.sql')).toBeNull();
  expect(databaseOfId('latest')).toBeNull();
});
