import { expect, it } from 'vitest';
import { settingGrants } from './settingRights.ts';

const none = { parameters: [], roles: [], superusers: [] };

it.each([
  [
    'parameters of superusers',
    { ...none, parameters: ['log_statement', 'a.b'] },
    15,
    ['GRANT SET ON PARAMETER "log_statement" TO "keeper";', 'GRANT SET ON PARAMETER "a"."b" TO "keeper";'],
  ],
  ['the same before they could be granted', { ...none, parameters: ['log_statement'] }, 14, []],
  [
    'the settings of another role',
    { ...none, roles: ['app'] },
    16,
    ['ALTER ROLE "keeper" CREATEROLE;', 'GRANT "app" TO "keeper" WITH ADMIN OPTION;'],
  ],
  [
    'the same where CREATEROLE suffices',
    { ...none, roles: ['app'] },
    15,
    ['ALTER ROLE "keeper" CREATEROLE;'],
  ],
  ['those of a superuser', { ...none, roles: ['postgres'], superusers: ['postgres'] }, 17, []],
])('what to type for %s', (_what, lacking, major, grants) => {
  expect(settingGrants(lacking, { user: 'keeper', major })).toEqual(grants);
});
