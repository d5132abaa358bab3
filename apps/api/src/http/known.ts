import {
  type Backup,
  BackupId,
  type Configuration,
  type DatabaseConfig,
  SagekeepError,
} from '@sagekeep/contracts';
import { withLabelled } from '@sagekeep/runtime';
import type { Vault } from '@sagekeep/storage';
import type { ApiDependencies } from '../dependencies.ts';

type Facts = Pick<ApiDependencies, 'configuration' | 'vault'>;

/** Every database that is known now: the configured ones and, as workers have put on record, those of labelled containers. */
export async function knownDatabases({ configuration, vault }: Facts): Promise<DatabaseConfig[]> {
  return withLabelled(configuration.databases, await vault.records.list('databases'));
}

/** Throws `UNKNOWN_DATABASE` with the known names. */
export async function assertDatabase(facts: Facts, name: string): Promise<void> {
  // Most are configured; then a storage that cannot be read is no reason to refuse.
  if (facts.configuration.databases.some((database) => database.name === name)) return;
  const known = (await knownDatabases(facts)).map((database) => database.name);
  if (!known.includes(name)) throw unknownDatabase(name, known);
}

/** The same for lists: what was backed up once is known, configured or not. */
export async function assertListed(facts: Facts, name: string): Promise<void> {
  if (facts.configuration.databases.some((database) => database.name === name)) return;
  const now = (await knownDatabases(facts)).map((database) => database.name);
  const known = [...new Set([...now, ...(await facts.vault.catalogue.databases())])];
  if (!known.includes(name)) throw unknownDatabase(name, known);
}

/** Throws `UNKNOWN_SERVER` unless it is a database's own server (no name) or a configured one. */
export function assertServer(configuration: Configuration, name: string | undefined): void {
  const known = configuration.servers.map((server) => server.name);
  if (name === undefined || known.includes(name)) return;
  throw new SagekeepError('UNKNOWN_SERVER', `there is no server "${name}" in the configuration`, {
    advice: known.length === 0 ? 'no other servers are configured' : `known are: ${known.join(', ')}`,
    facts: { known },
  });
}

/** The backup of this id. Throws `UNKNOWN_BACKUP`, also for what is no id at all, or `MANIFEST_DAMAGED`. */
export async function findBackup(vault: Vault, id: string): Promise<Backup> {
  if (BackupId.safeParse(id).success) return vault.catalogue.get(id);
  throw new SagekeepError('UNKNOWN_BACKUP', `there is no backup "${id}"`, {
    advice: 'GET /v1/backups lists them',
  });
}

function unknownDatabase(name: string, known: readonly string[]): SagekeepError {
  return new SagekeepError('UNKNOWN_DATABASE', `there is no database "${name}" in the configuration`, {
    advice: known.length === 0 ? 'no database is configured' : `known are: ${known.join(', ')}`,
    facts: { known },
  });
}
