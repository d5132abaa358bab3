import { Status } from '@sagekeep/contracts';
import { exampleProof, publishExample } from '@sagekeep/storage/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOperator, asViewer, startApi, type TestApi } from './harness.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const get = (url: string, headers = {}) => api.app.inject({ url, headers: { ...asViewer, ...headers } });
const now = new Date();

describe('the status', () => {
  it('comes as JSON, as text and as metrics, and they agree', async () => {
    const made = await publishExample(api.vault, { at: now, changes: { timings: { dump: 1500 } } });
    await api.vault.catalogue.mark(made.id, exampleProof({ at: now.toISOString() }));

    const status = (await get('/v1/status')).json();
    expect(status.databases[0]).toMatchObject({ database: 'sage', lastProven: { id: made.id } });
    const text = await get('/v1/status', { accept: 'text/plain' });
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.body).toContain(made.id);
    const metrics = await get('/metrics');
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const proven = Math.floor(now.getTime() / 1000);
    for (const metric of ['proven', 'success'])
      expect(metrics.body).toMatch(
        new RegExp(`^sagekeep_backup_last_${metric}_timestamp_seconds\\{database="sage"\\} ${proven}`, 'm'),
      );
    expect(metrics.body).toContain(
      'sagekeep_backup_phase_duration_seconds{database="sage",phase="dump"} 1.5\n',
    );
    expect(metrics.body).toContain('sagekeep_jobs{queue="backup",state="waiting"} 0\n');
    expect(metrics.body).not.toMatch(/\b(null|undefined|NaN)\b/);
  });

  it('is a page that shows text as text', async () => {
    const title = '<script>alert(1)</script>';
    const at = now.toISOString();
    await api.vault.records.put('incidents', 'i1', {
      version: 1,
      id: 'i1',
      key: 'backup-failed:sage',
      database: 'sage',
      severity: 'fail',
      title,
      detail: title,
      advice: 'sagekeep backup sage',
      openedAt: at,
      lastSeenAt: at,
      remindedAt: null,
      resolvedAt: null,
      occurrences: 1,
    });
    const page = await get('/', { accept: 'text/html' });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('&lt;script&gt;alert(1)');
    expect(page.body).not.toContain('<script');
    const { body } = await get('/metrics');
    expect(body).toContain('sagekeep_incidents_open{severity="fail"} 1\n');
    const labels = 'cause="backup-failed:sage",database="sage",severity="fail"';
    expect(body).toContain(`sagekeep_incident_occurrences{${labels}} 1\n`);
    expect(body).toContain(`sagekeep_incident_opened_timestamp_seconds{${labels}} ${now.getTime() / 1000}\n`);
  });
});

it('the metrics name what the newest look of the monitor did not let pass', async () => {
  expect((await get('/metrics')).body).not.toContain('sagekeep_findings');
  const at = now.toISOString();
  const look = { version: 1 as const, kind: 'monitor' as const, database: null, at };
  const finding = (id: string, title: string, status: string) => ({ id, title, status });
  const earlier = [finding('redis.memory', 'Memory of Redis', 'fail')];
  const later = [
    finding('disk.storage', 'Room for backups', 'warn'),
    finding('pgvector.coverage', 'sage: Coverage', 'fail'),
  ];
  const keep = (id: string, findings: object[]) =>
    api.vault.records.put('observations', id, { ...look, id, status: 'fail', findings });
  await keep('20261122T100000Z-monitor', earlier);
  await keep('20261122T110000Z-monitor', later);
  const { body } = await get('/metrics');
  expect(body).toContain('sagekeep_findings{database="",check="disk.storage",severity="warn"} 1\n');
  expect(body).toContain('sagekeep_findings{database="sage",check="pgvector.coverage",severity="fail"} 1\n');
  expect(body).not.toContain('redis.memory');
  expect(body).toContain(`sagekeep_monitor_last_look_timestamp_seconds ${now.getTime() / 1000}\n`);
});

it('the metrics tell the disk of each server that the newest verification of its database saw', async () => {
  const keep = (hour: number, freeBytes: number) => {
    const id = `20261122T${hour}0000Z-verification-sage-abc`;
    return api.vault.records.put('observations', id, {
      ...{ version: 1, id, kind: 'verification', database: 'sage', status: 'pass' },
      ...{
        at: `2026-11-22T${hour}:00:00.000Z`,
        measures: { 'performance.disk': { freeBytes, totalBytes: 9 } },
      },
    });
  };
  expect((await get('/metrics')).body).not.toContain('sagekeep_database_disk');
  await keep(10, 7);
  await keep(11, 5);
  const { body } = await get('/metrics');
  expect(body).toContain('sagekeep_database_disk_free_bytes{database="sage"} 5\n');
  expect(body).toContain('sagekeep_database_disk_size_bytes{database="sage"} 9\n');
  expect((await get('/v1/status')).json().databases[0].disk).toMatchObject({ freeBytes: 5, totalBytes: 9 });
});

describe('incidents', () => {
  it('are listed, all or only open ones', async () => {
    const all = (await get('/v1/incidents')).json();
    expect(all.items).toMatchObject([{ id: 'i1', resolvedAt: null }]);
    expect((await get('/v1/incidents?state=resolved')).json().items).toEqual([]);
    expect((await get('/v1/incidents?state=open')).json().items).toHaveLength(1);
  });
});

describe('an incident that nothing resolves', () => {
  const close = (id: string, payload: object, headers = asOperator) =>
    api.app.inject({ method: 'POST', url: `/v1/incidents/${id}/close`, headers, payload });

  it('is closed by an operator with a reason: recorded, in the audit, and told', async () => {
    expect((await close('i1', { reason: 'x' }, asViewer)).statusCode).toBe(403);
    expect((await close('i1', {})).statusCode).toBe(422);
    expect((await close('none', { reason: 'x' })).statusCode).toBe(404);
    const closed = await close('i1', { reason: 'moved to another host' });
    expect(closed.json()).toMatchObject({
      id: 'i1',
      resolvedAt: expect.any(String),
      closed: { by: 'operator', reason: 'moved to another host' },
    });
    expect((await close('i1', { reason: 'again' })).statusCode).toBe(409);
    const audit = api.logged.filter((line) => line.includes('an incident was closed'));
    expect(audit).toEqual([expect.stringMatching(/"who":"operator","what":"close backup-failed:sage"/)]);
    const { items } = await api.jobs.list({ queue: 'alert' });
    expect(items).toMatchObject([{ payload: { incident: 'i1', event: 'resolved', channel: 'desk' } }]);
  });
});

describe('a test of an alert channel', () => {
  const ask = (channel: string) =>
    api.app.inject({ method: 'POST', url: '/v1/alerts/test', headers: asOperator, payload: { channel } });

  it('is a delivery to that channel', async () => {
    const accepted = await ask('desk');
    expect(accepted.statusCode).toBe(202);
    const job = await api.jobs.get('alert', accepted.json().jobId);
    expect(job).toMatchObject({ name: 'deliver', payload: { channel: 'desk', event: 'test' } });
  });

  it('names the known channels when there is no such', async () => {
    expect((await ask('moon')).json()).toMatchObject({ status: 404, facts: { known: ['desk'] } });
  });
});

describe('a report', () => {
  it('comes as JSON, or as text for who asks', async () => {
    await api.vault.records.put('reports', 'backup-1', {
      version: 1,
      id: 'backup-1',
      kind: 'backup',
      database: 'sage',
      at: now.toISOString(),
      result: 'done',
      title: 'Backup of sage',
      sections: [{ title: 'Server', facts: [{ name: 'version', value: '17.6' }] }],
    });
    expect((await get('/v1/reports/backup-1')).json()).toMatchObject({ id: 'backup-1', result: 'done' });
    const text = await get('/v1/reports/backup-1', { accept: 'text/plain' });
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.body).toContain('Backup of sage');
  });
});

describe('restores', () => {
  it('are listed, and undone by their name', async () => {
    const record = {
      version: 1 as const,
      id: 'restore-1',
      database: 'sage',
      state: 'swapped' as const,
      source: 'latest',
      backup: null,
      into: 'sage_memory',
      server: 'own',
      method: 'aside' as const,
      by: 'operator',
      jobId: 'restore-1',
      attempt: 1,
      startedAt: now.toISOString(),
      finishedAt: now.toISOString(),
      shortId: 'ab12',
      aside: 'sage_memory_aside_ab12',
      before: 'sage_memory_before_ab12',
      asideOid: 1,
      beforeOid: 2,
      undoUntil: now.toISOString(),
      safetyBackup: null,
      closingBackup: null,
      withoutSafety: false,
      trustFile: false,
      downtimeMs: 12,
      tables: [],
      timings: {},
      proof: null,
      differences: [],
      notes: [],
      error: null,
    };
    await api.vault.records.put('restores', record.id, record);
    expect((await get('/v1/restores?database=sage')).json().items).toMatchObject([{ id: 'restore-1' }]);
    expect((await get('/v1/restores?database=other')).json().items).toEqual([]);
    const undo = (confirm: string) =>
      api.app.inject({
        method: 'POST',
        url: '/v1/restores/restore-1/undo',
        headers: asOperator,
        payload: { confirm },
      });
    expect((await undo('other')).json()).toMatchObject({ code: 'CONFIRMATION_MISMATCH', status: 422 });
    const accepted = await undo('sage');
    expect(accepted.statusCode).toBe(202);
    const job = await api.jobs.get('restore', accepted.json().jobId);
    expect(job).toMatchObject({ name: 'undo', payload: { database: 'sage', restore: 'restore-1' } });
  });
});

it('a storage that cannot be read is told as that: not as a Redis that is silent, nor as one without backups', async () => {
  await using own = await startApi();
  await own.vault.storage.put('records', 'in the way of a folder');
  const ask = (url: string) => own.app.inject({ url, headers: asViewer });
  const status = Status.parse((await ask('/v1/status')).json());
  expect(status.lines.map(({ id, level }) => [id, level])).toEqual([
    ['storage', 'fail'],
    ['workers', 'fail'],
    ['schedules', 'unknown'],
  ]);
  expect(status.databases.map(({ backups, level }) => [backups, level])).toEqual([
    [null, 'unknown'],
    [null, 'unknown'],
  ]);
  const { body } = await ask('/metrics');
  expect(body).toContain('sagekeep_queue_up 1\n');
  expect(body).not.toMatch(/^sagekeep_(backups|incident)/m);
  expect((await ask('/')).body).toContain('not known');
});

it('a record that is damaged is not called unknown', async () => {
  for (const kind of ['restores', 'reports'])
    await api.vault.storage.put(`records/${kind}/torn.json`, '{"version":');
  for (const kind of ['restores', 'reports']) {
    expect((await get(`/v1/${kind}/torn`)).json()).toMatchObject({ status: 500, code: 'STORAGE_FAILED' });
    expect((await get(`/v1/${kind}/none`)).statusCode).toBe(404);
  }
});
