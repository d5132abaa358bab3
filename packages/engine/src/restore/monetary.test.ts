import { SagekeepError } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { withMonetaryReason } from './monetary.ts';

const refused = new SagekeepError(
  'TOOL_FAILED',
  'It said: ERROR:  invalid input syntax for type money: "1,00 €"',
);

it('an amount that the server cannot read for want of its locale is no verdict on the dump', () => {
  const missing = { settings: {}, note: 'The server does not have the locale de_DE.' };
  expect(withMonetaryReason(refused, missing)).toMatchObject({
    code: 'RESTORE_REFUSED',
    message: expect.stringContaining('de_DE'),
  });
  expect(withMonetaryReason(refused, { ...missing, note: null })).toBe(refused);
  const other = new SagekeepError('TOOL_FAILED', 'It said: ERROR:  division by zero');
  expect(withMonetaryReason(other, missing)).toBe(other);
});
