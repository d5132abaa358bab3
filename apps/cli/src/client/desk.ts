import { Accepted, Backup, BackupPage, RestorePage, Status } from '@sagekeep/contracts';
import type { Desk, Started, Work } from '../desk.ts';
import { follow } from './follow.ts';
import type { Http } from './http.ts';
import { everyPage } from './pages.ts';

/** The desk that asks the API. `onLost` is told when the connection to a followed job breaks. */
export function createOnlineDesk(http: Http, onLost: () => void): Desk {
  return {
    kind: 'online',
    databases: async () => (await http.get('/v1/status', Status)).databases.map((each) => each.database),
    backups: (filter) => everyPage(http, '/v1/backups', { shape: BackupPage, query: filter }),
    backup: (id) => http.get(`/v1/backups/${encodeURIComponent(id)}`, Backup),
    restores: async (database) =>
      (await everyPage(http, '/v1/restores', { shape: RestorePage, query: { database } })).items,
    report: (jobId) => http.text(`/v1/reports/${encodeURIComponent(jobId)}`),
    status: () => http.get('/v1/status', Status),
    start: async (work) => {
      const { path, body } = requestOf(work);
      return startedOf(http, await http.send('POST', path, { body, shape: Accepted }), onLost);
    },
    close: async () => undefined,
  };
}

/** A job of the API's, ready to be followed. */
export function startedOf(
  http: Http,
  accepted: Pick<Accepted, 'jobId' | 'queue' | 'state'> & { links?: { board: string } },
  onLost: () => void,
): Started {
  const { jobId: id, queue, state, links } = accepted;
  const board = links === undefined ? null : new URL(links.board, http.url).href;
  return { id, queue, state, board, events: (signal) => follow(http, { queue, id, signal, onLost }) };
}

/** Which request stands for which work. Exported for its tests. */
export function requestOf(work: Work): { path: string; body: unknown } {
  switch (work.job) {
    case 'backup':
      return { path: '/v1/backups', body: work.body };
    case 'plan':
      return { path: '/v1/plans', body: work.body };
    case 'restore':
      return { path: '/v1/restores', body: work.body };
    case 'undo':
      return {
        path: `/v1/restores/${encodeURIComponent(work.restore.id)}/undo`,
        body: { confirm: work.confirm },
      };
    case 'verify':
    case 'prove':
      return { path: '/v1/verifications', body: work.body };
    case 'cleanup':
      return { path: '/v1/cleanups', body: work.body };
  }
}
