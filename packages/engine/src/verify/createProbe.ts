import { readFile } from 'node:fs/promises';
import { type DatabaseConfig, SagekeepError, type VerificationMode } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import type { ContainerLook } from '../docker/index.ts';
import { type Connection, diskOn, queryOne, type Session } from '../server/index.ts';
import { type Definitions, definitionChanges, lasting } from './definitionChanges.ts';
import { earlierMeasures } from './earlierMeasures.ts';
import type { Expected } from './expectations/expected.ts';
import { expectedOfBackup } from './expectations/fromBackup.ts';
import { readSchema } from './expectations/readSchema.ts';
import type { Limits } from './limits.ts';
import type { ConnectionFacts, Probe, Statement } from './probe.ts';
import { findVectorColumns } from './vectorColumns.ts';

export interface ProbeOptions {
  readonly vault: Vault;
  readonly database: DatabaseConfig;
  readonly mode: VerificationMode;
  readonly limits: Limits;
  readonly now: Date;
  readonly container: ContainerLook;
  readonly connection: ConnectionFacts;
  readonly server: Connection;
  /** Null when there is no connection. */
  readonly session: Session | null;
  /** Asks pg_dump for the present definitions. */
  readonly definitions: (serverMajor: number) => Promise<Definitions>;
}

/** Where a database's files lie unless somebody has moved them. */
const defaultTablespace = 'pg_default';

/** Everything that checks ask with; `start` begins the time of the next check. */
export function createProbe(options: ProbeOptions): { probe: Probe; start: () => void } {
  const { vault, database, mode, session, connection } = options;
  const ask = session ?? unconnected;
  const { role, serverVersionNum } = connection.connected ? connection : { role: '', serverVersionNum: 0 };
  let deadline = Number.POSITIVE_INFINITY;
  const backups = once(async () => (await vault.catalogue.list({ database: database.name })).backups);
  const changesSince = askTwice(() => options.definitions(Math.floor(serverVersionNum / 10_000)));
  const newestProven = once(() => vault.catalogue.newestProven(database.name));
  const probe: Probe = {
    database,
    mode,
    now: options.now,
    connection,
    container: options.container,
    serverVersionNum,
    role,
    backups,
    newestProven,
    expected: once(() => expectedOf(database, newestProven)),
    changesSince,
    earlierMeasures: (check) => earlierMeasures(vault, { database: database.name, check, now: options.now }),
    disk: () => diskOn(ask, options.server, defaultTablespace),
    vectorColumns: once(() => findVectorColumns(ask)),
    query: (text, values) => ask.query(text, values),
    queryOne: (text, values) => queryOne(ask, text, values),
    queryWith: async <Row extends object>(statement: Statement) =>
      (await queryTogether<Row>(ask, [statement])).flat(),
    queryTogether: (statements) => queryTogether(ask, statements),
    hasTime: () => performance.now() < deadline,
  };
  return { probe, start: () => (deadline = performance.now() + options.limits.checkMs) };
}

/**
 * Definitions are asked for once more when something has changed, and what is told only once is left out: what pg_dump
 * reads by the server's own functions is of the moment, not of its snapshot.
 */
function askTwice(definitions: () => Promise<Definitions>): Probe['changesSince'] {
  const [first, second] = [once(definitions), once(definitions)];
  return async (backup) => {
    const changes = definitionChanges(backup, await first());
    if (changes.changes.length === 0) return changes;
    return lasting(changes, definitionChanges(backup, await second()));
  };
}

const unconnected: Session = {
  pid: 0,
  dbname: '',
  lost: AbortSignal.abort(),
  query: () => Promise.reject(new SagekeepError('SERVER_UNREACHABLE', 'There is no connection.')),
  close: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** Asks once for an answer; what failed may be asked again. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () =>
    (answer ??= ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    }));
}

/** Settings are local to a transaction of the statements' own, which sees one moment and is rolled back. */
async function queryTogether<Row extends object>(
  session: Session,
  statements: readonly Statement[],
): Promise<Row[][]> {
  await session.query('begin isolation level repeatable read read only');
  try {
    const answers: Row[][] = [];
    for (const { settings, text, values } of statements) {
      await session.query('savepoint settings');
      for (const [name, value] of Object.entries(settings)) {
        await session.query('select set_config($1, $2, true)', [name, value]);
      }
      answers.push(await session.query<Row>(text, values ?? []));
      await session.query('rollback to settings');
    }
    return answers;
  } finally {
    if (!session.lost.aborted) await session.query('rollback');
  }
}

/** The schema file says what must be there; without one, the newest proven backup what was. */
async function expectedOf(
  database: DatabaseConfig,
  newestProven: Probe['newestProven'],
): Promise<Expected | null> {
  const { schema } = database.expect;
  if (schema === null) {
    const backup = await newestProven();
    return backup === null ? null : expectedOfBackup(backup);
  }
  try {
    return readSchema(await readFile(schema, 'utf8'), schema);
  } catch (error) {
    throw new SagekeepError('CONFIGURATION_INVALID', `The schema file ${schema} cannot be read.`, {
      advice: `Correct databases.${database.name}.expect.schema in the configuration.`,
      cause: error,
    });
  }
}
