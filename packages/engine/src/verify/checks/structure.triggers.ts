import { type Check, counted, fail, pass, skip, some } from '../check.ts';
import { plainName } from '../expectations/live.ts';
import { nothingExpected } from '../expectations/nothingExpected.ts';

export const structureTriggers: Check = {
  id: 'structure.triggers',
  title: 'Expected triggers',
  group: 'structure',
  mode: 'quick',
  asks: 'Is every expected trigger there?',
  worst: 'fail',
  expected: 'all of them',
  advice: 'Create the trigger again; rows that were written meanwhile did not pass through it.',
  async run(probe) {
    const expected = await probe.expected();
    if (expected === null) return skip(...nothingExpected);
    const rows = await probe.query<{ schema: string; table: string; name: string }>(`
      select n.nspname as schema, c.relname as table, t.tgname as name
      from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      where not t.tgisinternal`);
    const live = new Set(rows.map(({ schema, table, name }) => `${plainName(schema, table)} ${name}`));
    const missing = expected.triggers.filter(({ table, name }) => !live.has(`${table} ${name}`));
    if (missing.length === 0)
      return pass(`${counted(expected.triggers.length, 'trigger', 'triggers')} (${expected.source})`);
    return fail(
      `missing: ${some(missing.map(({ table, name }) => `${name} of ${table}`))} (${expected.source})`,
    );
  },
};
