import { type Manifest, SagekeepError } from '@sagekeep/contracts';

/** What a backup is loaded for: to go live under the live name, into the live database itself, or to be compared and dropped. */
export type Purpose = 'aside' | 'in-place' | 'proof';

function refused(what: string, advice: string, extension: string): SagekeepError {
  return new SagekeepError('RESTORE_REFUSED', what, { advice, facts: { extensions: [extension] } });
}

const cronAdvice = {
  aside:
    'Restore in place (--in-place) into that database; on another server create it there first. ' +
    'Or keep pg_cron in a database of its own, which cron.schedule_in_database() serves the others from: later backups hold none of it.',
  proof:
    'To see it come back, restore it in place into a database of that name on another server. Proofs are possible once pg_cron lives ' +
    'in a database of its own, which cron.schedule_in_database() serves the others from: later backups hold none of it.',
};

function cronObstacle(purpose: Purpose): SagekeepError | null {
  if (purpose === 'in-place') return null;
  return refused(
    'The backup holds pg_cron, which can be created only in the database that cron.database_name names: a copy has another name while it is built, on every server.',
    cronAdvice[purpose],
    'pg_cron',
  );
}

/** A database may have the extension and not one table that needs it, as new ones of its image do. */
function hypertables({ tables }: Manifest['inventory']): number {
  return tables.find(({ name }) => name === '_timescaledb_catalog.hypertable')?.rows ?? 0;
}

function timescaleObstacle(): SagekeepError {
  return refused(
    'The backup holds hypertables of TimescaleDB, which can be loaded only between timescaledb_pre_restore() and timescaledb_post_restore(), which are not called here.',
    'Restore it by hand: in a new database create the extension in the version of the backup and call timescaledb_pre_restore(), ' +
      'load the custom dump with pg_restore, then call timescaledb_post_restore().',
    'timescaledb',
  );
}

/**
 * Why a backup cannot be loaded by us, whatever the server offers: extensions that are bound to one database by name, or
 * to hooks of their own. Empty when it can.
 */
export function boundObstacles(
  { extensions, inventory }: Pick<Manifest, 'extensions' | 'inventory'>,
  purpose: Purpose,
): SagekeepError[] {
  const names = extensions.map(({ name }) => name);
  return [
    names.includes('pg_cron') ? cronObstacle(purpose) : null,
    names.includes('timescaledb') && hypertables(inventory) > 0 ? timescaleObstacle() : null,
  ].filter((obstacle) => obstacle !== null);
}
