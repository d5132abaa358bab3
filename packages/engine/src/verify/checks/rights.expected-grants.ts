import { type Check, counted, pass, skip, some, warn } from '../check.ts';
import { plainName } from '../expectations/live.ts';
import { type LiveGrant, liveGrants } from '../expectations/liveGrants.ts';

export const rightsExpectedGrants: Check = {
  id: 'rights.expected-grants',
  title: 'Expected grants',
  group: 'rights',
  mode: 'quick',
  asks: 'Does every role have the privileges on tables, sequences, schemas and databases that the schema file grants?',
  worst: 'warn',
  expected: 'all of them, directly or by membership',
  advice: 'GRANT again what is missing; create the role that does not exist, or correct the schema file.',
  async run(probe) {
    const expected = await probe.expected();
    const grants = expected?.grants ?? [];
    if (expected === null || grants.length === 0)
      return skip('no schema file names grants', 'Write GRANT statements into the file of expect.schema.');
    const faults = new Set((await liveGrants(probe, grants)).flatMap(faultOf));
    const told = `${counted(grants.length, 'privilege', 'privileges')} (${expected.source})`;
    return faults.size === 0 ? pass(told) : warn(`${some([...faults])}; of ${told}`);
  },
};

function faultOf({ kind, schema, name, privilege, role, state }: LiveGrant): string[] {
  const object = `${kind} ${schema === null ? name : plainName(schema, name)}`;
  if (state === 'held') return [];
  if (state === 'no object') return [`${object} does not exist`];
  if (state === 'no role') return [`role ${role} does not exist`];
  return [`${role} lacks ${privilege.toUpperCase()} on ${object}`];
}
