import { type Backup, BackupId, type Configuration, SagekeepError } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';

/** Throws `UNKNOWN_DATABASE` with the known names. */
export function assertDatabase(configuration: Configuration, name: string): void {
  const known = configuration.databases.map((database) => database.name);
  if (!known.includes(name)) throw unknownDatabase(name, known);
}

/** The same for lists: what was backed up once is known, configured or not. */
export async function assertListed(configuration: Configuration, vault: Vault, name: string): Promise<void> {
  const configured = configuration.databases.map((database) => database.name);
  if (configured.includes(name)) return;
  const known = [...new Set([...configured, ...(await vault.catalogue.databases())])];
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
