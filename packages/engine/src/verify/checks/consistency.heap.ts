import { amcheckFunction } from '../amcheck.ts';
import { askEach, verdict } from '../askEach.ts';
import { type Check, counted } from '../check.ts';
import { nameWithToast, ofUsers, ownerOf } from '../withToast.ts';

export const consistencyHeap: Check = {
  id: 'consistency.heap',
  title: 'Table pages are sound',
  group: 'consistency',
  mode: 'full',
  asks: "What does amcheck's verify_heapam find in the pages of every table, of what is stored out of line (TOAST) and of large objects?",
  worst: 'fail',
  expected: 'nothing',
  advice: 'The disk or memory damaged data: restore the newest proven backup beside it and compare.',
  async run(probe) {
    const amcheck = await amcheckFunction(probe, 'verify_heapam');
    if ('status' in amcheck) return amcheck;
    const tables = await probe.query<{ oid: string; name: string }>(`
      select c.oid::text as oid, ${nameWithToast('c')} as name
      from pg_class c ${ownerOf('c')} join pg_am a on a.oid = c.relam
      where c.relkind in ('r', 'm', 't') and c.relpersistence = 'p' and a.amname = 'heap' and ${ofUsers}
      order by c.relpages`);
    const asked = await askEach(probe, tables, async ({ oid, name }) => {
      const found = await probe.query<{ blkno: string; msg: string }>(
        `select blkno::text as blkno, msg from ${amcheck.schema}.verify_heapam($1::oid::regclass) limit 3`,
        [oid],
      );
      return found.map(({ blkno, msg }) => `${name} page ${blkno}: ${msg}`);
    });
    const passed = counted(asked.answers.length, 'table', 'tables');
    return verdict(asked, { faults: asked.answers.flat(), passed });
  },
};
