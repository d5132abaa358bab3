import { expect, it } from 'vitest';
import { loginOwner, passwordOwner, rolesIn, statementsFor } from './roleStatements.ts';

const globals = `-- Roles and memberships; a semicolon in a comment
-- is no end.

CREATE ROLE "app";
ALTER ROLE "app" WITH NOSUPERUSER LOGIN;
CREATE ROLE "rea;der";
ALTER ROLE "rea;der" WITH NOSUPERUSER;
CREATE ROLE "group";
ALTER ROLE "group" WITH NOLOGIN;
ALTER ROLE "app" SET search_path TO 'PASSWORD ';
ALTER ROLE "app" PASSWORD 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy';
GRANT "group" TO "rea;der";
GRANT "group" TO "app";
`;

it('only the statements of missing roles are taken, their memberships among them', () => {
  expect(rolesIn(globals)).toEqual(['app', 'rea;der', 'group']);
  expect(statementsFor(globals, ['rea;der', 'group'])).toEqual([
    'CREATE ROLE "rea;der"',
    'ALTER ROLE "rea;der" WITH NOSUPERUSER',
    'CREATE ROLE "group"',
    'ALTER ROLE "group" WITH NOLOGIN',
    'GRANT "group" TO "rea;der"',
  ]);
  expect(statementsFor(globals, [])).toEqual([]);
});

it('a statement tells whose password it sets, and whom it lets log in', () => {
  const statements = statementsFor(globals, rolesIn(globals));
  const told = statements.map((statement) => [loginOwner(statement), passwordOwner(statement)]);
  expect(told.filter(([login, password]) => login !== null || password !== null)).toEqual([
    ['app', null],
    [null, 'app'],
  ]);
  expect(passwordOwner(`ALTER ROLE "wei""rd "" PASSWORD '" PASSWORD 'x'`)).toBe(`wei"rd " PASSWORD '`);
});
