import { expect, it } from 'vitest';
import { contextOf, sql } from '../../integration/restore/harness.ts';
import { waitFor } from '../../support/events.ts';
import { postgresUrl } from '../../support/servers.ts';
import { type Stage, stageOf } from './stage.ts';

const prove = (stage: Stage) =>
  stage.world.engine.prove({ backup: stage.backup, drill: false, by: 'tester' }, contextOf());

const marked = async (stage: Stage) => (await stage.world.vault.catalogue.get(stage.backup)).marks.proof;

/** What a killed client was doing goes on in the server for a moment. */
async function untilSessionsAreGone(dbname: string): Promise<void> {
  const inside = `select 1 from pg_stat_activity where application_name ~ '^sagekeep-prove/' or datname ~ '^${dbname}_scratch'`;
  await waitFor(async () => (await sql(postgresUrl(), inside)).length === 0, {
    what: 'the sessions of the killed proof to be gone',
  });
}

it.each(['prove:data', 'prove:analyze', 'prove:compare'])(
  'a proof that is killed at %s leaves no mark, and the next proof of anything drops what it had built',
  async (stopAt) => {
    await using stage = await stageOf();
    const killed = stage.attempt({ jobId: 'killed', stopAt, proves: true });
    await killed.line(new RegExp(`^at ${stopAt}$`));
    const [scratch] = await stage.siblings();
    expect(scratch).toContain('_scratch_');
    // One that lives is left alone.
    expect((await prove(stage)).result).toBe('proven');
    expect(await stage.siblings()).toEqual([scratch]);
    const before = await marked(stage);
    await killed.kill('SIGKILL');
    await untilSessionsAreGone(stage.dbname);
    expect(await stage.siblings()).toEqual([scratch]);
    expect(await marked(stage)).toEqual(before);
    expect((await prove(stage)).result).toBe('proven');
    expect(await stage.siblings()).toEqual([]);
    expect(await stage.rows()).toBe(7);
  },
);
