import type { Desk } from '../desk.ts';
import type { World } from '../world.ts';

/** A database under all the names that the old scripts knew it by; null where nobody here can tell. */
export interface KnownDatabase {
  readonly name: string;
  readonly dbname: string | null;
  readonly container: string | null;
  readonly user: string | null;
}

/**
 * What is known here about the databases: from this machine's configuration, and where that has none, from the
 * manifests of their backups.
 */
export async function knownDatabases(world: World, desk: Desk): Promise<KnownDatabase[]> {
  const configured = await configuredDatabases(world);
  if (configured.length > 0) return configured;
  const { items } = await desk.backups({});
  const names = await desk.databases();
  return names.map((name) => {
    const manifest = items.find((backup) => backup.manifest.database === name)?.manifest;
    return {
      name,
      dbname: manifest?.dbname ?? null,
      container: manifest?.container?.name ?? null,
      user: null,
    };
  });
}

async function configuredDatabases(world: World): Promise<KnownDatabase[]> {
  const { ownConfiguration } = await import('../offline/configuration.ts');
  try {
    const { databases } = await ownConfiguration(world, 'urls');
    return databases.map(({ name, url, container }) => ({ name, container, ...partsOf(url) }));
  } catch {
    // A machine that only talks to an API elsewhere has no configuration of its own.
    return [];
  }
}

function partsOf(url: string | null): Pick<KnownDatabase, 'dbname' | 'user'> {
  const parsed = url === null ? null : URL.parse(url);
  if (parsed === null) return { dbname: null, user: null };
  return {
    dbname: decodeURIComponent(parsed.pathname.slice(1)) || null,
    user: decodeURIComponent(parsed.username) || null,
  };
}
