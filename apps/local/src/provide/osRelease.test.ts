import { expect, test } from 'vitest';
import { parseOsRelease } from './osRelease.ts';

test('reads quoted and plain fields', () => {
  const text =
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n# a comment\nHOME_URL=x\n';
  expect(parseOsRelease(text)).toEqual({
    id: 'debian',
    version: '12',
    title: 'Debian GNU/Linux 12 (bookworm)',
  });
});

test.for([
  ['', { id: '', version: '', title: 'this system' }],
  ["ID='arch'\n", { id: 'arch', version: '', title: 'arch' }],
] as const)('knows nothing that is not said: %j', ([text, expected]) => {
  expect(parseOsRelease(text)).toEqual(expected);
});
