import { describe, expect, it } from 'vitest';
import { stageOf } from './stage.ts';

/** Every border at which nothing has changed for the clients; CI leaves those out that differ from another only by name. */
const beforeSwap = [
  'restore:checks',
  'restore:locked',
  'restore:create',
  'restore:pre-data',
  'restore:data',
  'restore:post-data',
  'restore:analyze',
  'restore:proof',
  'restore:proven',
  'restore:before-swap',
  'restore:swap-renamed',
  'restore:swap-before-commit',
];
const afterSwap = ['restore:swap', 'restore:swapped'];
const alike = [
  'restore:checks',
  'restore:pre-data',
  'restore:post-data',
  'restore:analyze',
  'restore:proven',
];
const borders = [...beforeSwap, ...afterSwap].filter(
  (border) => process.env['SAGEKEEP_KILLS'] === 'all' || !alike.includes(border),
);

describe('a worker that is killed', () => {
  it.each(borders)('at %s leaves a complete database live, and its successor the truth', async (border) => {
    await using stage = await stageOf();
    const jobId = `killed-${border}`;
    await using worker = stage.attempt({ jobId, stopAt: border });
    await worker.line(new RegExp(`^at ${border}$`));
    await worker.kill('SIGKILL');
    const killed = performance.now();
    await stage.clients.allAnswered();
    expect(performance.now() - killed).toBeLessThan(10_000);
    expect(await stage.rows()).toBe(afterSwap.includes(border) ? 5 : 7);

    const { record } = await stage.again({ jobId, attempt: 2 });
    expect(record).toMatchObject({ state: 'swapped', jobId, proof: { result: 'proven' } });
    expect(record.attempt).toBe(afterSwap.includes(border) ? 1 : 2);
    expect(await stage.rows()).toBe(5);
    expect(await stage.siblings()).toEqual([record.before]);
    const { items } = await stage.world.vault.records.list('restores');
    const states = items.map((item) => item.state).sort();
    expect(states).toEqual(items.length === 2 ? ['failed', 'swapped'] : ['swapped']);

    await stage.world.engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOfUndo());
    expect(await stage.rows()).toBe(7);
    const seen = await stage.clients.stop();
    expect(seen.wrong).toBe(0);
    expect(
      Object.keys(seen.errors).filter((code) => !['57P01', '3D000', 'ECONNRESET', 'closed'].includes(code)),
    ).toEqual([]);
  });

  it.each([
    ['restore:data', 'failed', { result: 'failed', title: expect.stringContaining('failed') }],
    ['restore:swap', 'swapped', { result: 'done', title: expect.stringContaining('was restored from') }],
  ])(
    'at %s and never tried again has a report after the next cleanup, which leaves no orphan',
    async (border, state, report) => {
      await using stage = await stageOf();
      await using worker = stage.attempt({ jobId: 'alone', stopAt: border });
      await worker.line(new RegExp(`^at ${border}$`));
      await worker.kill('SIGKILL');
      const known = { backups: [], known: true };
      await stage.world.engine.cleanup(
        { database: 'sage', dryRun: false, by: 'tester' },
        contextOfUndo(),
        known,
      );
      const { items } = await stage.world.vault.records.list('restores');
      expect(items).toMatchObject([{ state, jobId: 'alone' }]);
      expect(await stage.siblings()).toEqual(state === 'swapped' ? [items[0]?.before] : []);
      expect(await stage.world.vault.records.get('reports', 'alone')).toMatchObject(report);
    },
  );
});

describe('a worker that is frozen', () => {
  it.each(['restore:data', 'restore:before-swap'])(
    'at %s and goes on later changes nothing that its successor did',
    async (border) => {
      await using stage = await stageOf();
      const jobId = `frozen-${border}`;
      await using worker = stage.attempt({ jobId, stopAt: border });
      await worker.line(new RegExp(`^at ${border}$`));
      worker.child.kill('SIGSTOP');
      const { record } = await stage.again({ jobId, attempt: 2 });
      expect(record).toMatchObject({ state: 'swapped', attempt: 2 });
      worker.child.kill('SIGCONT');
      worker.child.kill('SIGUSR2');
      expect(await worker.line(/^(done|failed)/)).toMatch(/^failed (LOCK_LOST|SERVER_GONE)/);
      await worker.finished;
      expect(await stage.rows()).toBe(5);
      expect(await stage.siblings()).toEqual([record.before]);
      expect(await stage.world.vault.records.get('restores', record.id)).toMatchObject({ state: 'swapped' });
      expect((await stage.clients.stop()).wrong).toBe(0);
    },
  );

  it('inside the swap does not keep the clients at the door', async () => {
    await using stage = await stageOf();
    await using worker = stage.attempt({ jobId: 'frozen-inside', stopAt: 'restore:swap-renamed' });
    await worker.line(/^at restore:swap-renamed$/);
    worker.child.kill('SIGSTOP');
    const frozen = performance.now();
    await stage.clients.allAnswered();
    expect(performance.now() - frozen).toBeLessThan(10_000);
    expect(await stage.rows()).toBe(7);
    const { record } = await stage.again({ jobId: 'frozen-inside', attempt: 2 });
    expect(record.state).toBe('swapped');
    expect(await stage.rows()).toBe(5);
  });
});

let undos = 0;
function contextOfUndo() {
  undos += 1;
  return {
    jobId: `undo-${undos}`,
    attempt: 1,
    actor: 'tester',
    signal: new AbortController().signal,
    log: () => undefined,
    progress: () => undefined,
    border: () => Promise.resolve(),
  };
}
