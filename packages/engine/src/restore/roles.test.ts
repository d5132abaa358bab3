import { expect, it } from 'vitest';
import { rolesIn, statementsFor } from './roles.ts';

const globals = `-- Roles and memberships; a semicolon in a comment
-- is no end.

CREATE ROLE "app";
ALTER ROLE "app" WITH NOSUPERUSER LOGIN;
CREATE ROLE "rea;der";
ALTER ROLE "rea;der" WITH NOSUPERUSER;
CREATE ROLE "group";
GRANT "group" TO "rea;der";
GRANT "group" TO "app";
`;

it('only the statements of missing roles are taken, their memberships among them', () => {
  expect(rolesIn(globals)).toEqual(['app', 'rea;der', 'group']);
  expect(statementsFor(globals, ['rea;der', 'group'])).toEqual([
    'CREATE ROLE "rea;der"',
    'ALTER ROLE "rea;der" WITH NOSUPERUSER',
    'CREATE ROLE "group"',
    'GRANT "group" TO "rea;der"',
  ]);
  expect(statementsFor(globals, [])).toEqual([]);
});
