import type { DatabaseProperties, Manifest } from '@sagekeep/contracts';
import { SagekeepError } from '@sagekeep/contracts';
import { presentDatabase } from '../restore/properties.ts';
import { queryOne, type Session, systemIdentifier } from '../server/index.ts';

/** What the manifest tells of a database beside its files. */
export interface DatabaseFacts {
  readonly systemIdentifier: string | null;
  readonly extensions: Manifest['extensions'];
  readonly properties: DatabaseProperties;
}

const extensionsQuery = `
  select e.extname as name, e.extversion as version, n.nspname as schema
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace order by 1`;

/** Reads them inside the snapshot's transaction. */
export async function readFacts(session: Session): Promise<DatabaseFacts> {
  const present = await presentDatabase(session, session.dbname);
  if (present === null) {
    throw new SagekeepError(
      'DATABASE_MISSING',
      `The database ${session.dbname} was renamed or dropped meanwhile.`,
      {
        retryable: true,
      },
    );
  }
  // The type money is read back by the locale that wrote it.
  const { monetary } = await queryOne<{ monetary: string }>(
    session,
    `select current_setting('lc_monetary') as monetary`,
  );
  return {
    systemIdentifier: await systemIdentifier(session),
    extensions: await session.query<Manifest['extensions'][number]>(extensionsQuery),
    properties: { ...present.properties, monetary },
  };
}
