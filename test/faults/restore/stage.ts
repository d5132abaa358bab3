import { join } from 'node:path';
import { type Clients, startClients } from '../../integration/restore/clients.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  dropSiblings,
  restorePayload,
  siblings,
  sql,
  type World,
  worldOf,
} from '../../integration/restore/harness.ts';
import { type NodeProcess, spawnNode } from '../../support/processes.ts';
import { createDatabase } from '../../support/servers.ts';

const program = join(import.meta.dirname, 'programs/restoring.ts');

/** Five rows in the backup, seven in the live database: whoever reads anything else sees an incomplete one. */
export const question = {
  count: 4,
  statement:
    'select (select count(*)::int from complete) as rows, (select count(*)::int from notes) as notes',
  check: ([row]: Record<string, unknown>[]) =>
    (row?.['rows'] === 5 || row?.['rows'] === 7) && row['notes'] === 300,
};

const schema = `
  create table complete (i int); insert into complete select generate_series(1, 5);
  create table notes (id int primary key, text text);
  insert into notes select i, md5(i::text) from generate_series(1, 300) i; create index on notes (text)`;

export interface Stage extends AsyncDisposable {
  readonly world: World;
  readonly url: string;
  readonly dbname: string;
  readonly backup: string;
  readonly clients: Clients;
  /** An attempt in a process of its own that stops at a border. */
  attempt(options: {
    jobId: string;
    attempt?: number;
    stopAt?: string;
    inPlace?: boolean;
    proves?: boolean;
  }): NodeProcess;
  /** An attempt in this process. */
  again(options: {
    jobId: string;
    attempt: number;
    inPlace?: boolean;
  }): ReturnType<World['engine']['restore']>;
  siblings(): Promise<string[]>;
  rows(): Promise<number>;
}

/** A live database with clients, and a backup of an earlier state. */
export async function stageOf(options: { url?: string; extra?: string } = {}): Promise<Stage> {
  const database = options.url === undefined ? await createDatabase() : null;
  const url = options.url ?? database?.url ?? '';
  const dbname = decodeURIComponent(new URL(url).pathname.slice(1));
  await sql(url, schema);
  if (options.extra !== undefined) await sql(url, options.extra);
  const world = worldOf([configOf('sage', url)]);
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  await sql(url, 'insert into complete values (6), (7)');
  const clients = await startClients(url, question);
  const backup = manifest.id;
  return {
    world,
    url,
    dbname,
    backup,
    clients,
    attempt: ({ jobId, attempt = 1, stopAt = '', inPlace = false, proves = false }) =>
      spawnNode(program, {
        env: {
          URL_OF_DATABASE: url,
          FOLDER: world.folder,
          BACKUP: backup,
          JOB: jobId,
          ATTEMPT: String(attempt),
          STOP_AT: stopAt,
          IN_PLACE: inPlace ? 'yes' : 'no',
          PROVES: proves ? 'yes' : 'no',
        },
      }),
    again: ({ jobId, attempt, inPlace = false }) =>
      world.engine.restore(restorePayload({ backup, inPlace }), contextOf({ jobId, attempt })),
    siblings: () => siblings(dbname),
    async rows() {
      const [row] = await sql<{ count: number }>(url, 'select count(*)::int as count from complete');
      return row?.count ?? -1;
    },
    async [Symbol.asyncDispose]() {
      await clients.stop();
      world[Symbol.dispose]();
      if (database === null) return;
      await database.drop();
      await dropSiblings(dbname);
    },
  };
}
