import { expect, test } from 'vitest';
import { clientToolsAdvice, parseOsRelease, releaseMajor } from './clientTools.ts';

const debian = (version: string) => ({ id: 'debian', version, title: `Debian GNU/Linux ${version}` });
const repository = '/usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y';

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

test('a release has the tools of one major itself', () => {
  expect([releaseMajor(debian('12')), releaseMajor(debian('13')), releaseMajor(debian('11'))]).toEqual([
    15,
    17,
    null,
  ]);
  const advice = clientToolsAdvice(15, debian('12'));
  expect(advice).toMatch(/: apt-get install postgresql-client-15$/);
  expect(advice).not.toContain(repository);
});

test.for([
  [17, debian('12')],
  [15, debian('13')],
  [15, debian('11')],
  [16, { id: 'fedora', version: '43', title: 'Fedora' }],
] as const)('those of %i come from PostgreSQL’s own repository on %o', ([major, system]) => {
  const advice = clientToolsAdvice(major, system);
  expect(advice).toContain(`apt-get install -y postgresql-common && ${repository} && `);
  expect(advice).toMatch(new RegExp(`apt-get install postgresql-client-${major}$`));
});
