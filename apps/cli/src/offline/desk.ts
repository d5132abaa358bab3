import { type Configuration, SagekeepError } from '@sagekeep/contracts';
import { withLabelled } from '@sagekeep/runtime';
import { collectStatus, renderReport } from '@sagekeep/watch';
import type { Desk } from '../desk.ts';
import type { Print } from '../print.ts';
import type { World } from '../world.ts';
import { ownConfiguration } from './configuration.ts';
import { withLabels } from './labels.ts';
import { assertConfirmed } from './perform.ts';
import { startHere } from './start.ts';
import { openEngine, openVault } from './wiring.ts';

/** The desk that needs no API and no Redis. What only reads the storage needs no database either. */
export async function openOfflineDesk(world: World, print: Print): Promise<Desk> {
  const configuration = await ownConfiguration(world, 'names');
  const { catalogue, records, ...vault } = openVault(world, configuration);
  const known = async () => withLabelled(configuration.databases, await records.list('databases'));
  return {
    kind: 'offline',
    databases: async () => (await known()).map((database) => database.name),
    backups: async (filter) => {
      const { backups, damaged } = await catalogue.list(definedOnly(filter));
      return { items: backups, damaged };
    },
    backup: (id) => catalogue.get(id),
    restores: async (database) => {
      const { items } = await records.list('restores');
      return items.filter((record) => database === undefined || record.database === database);
    },
    report: async (jobId) => {
      const report = await records.get('reports', jobId);
      if (report !== null) return renderReport(report);
      throw new SagekeepError('UNKNOWN_REPORT', `There is no report ${jobId}.`);
    },
    status: async () => {
      const databases = await known().catch(() => configuration.databases);
      const about = { vault: { catalogue, records, ...vault }, configuration: { databases } };
      return collectStatus({ ...about, now: world.now() });
    },
    start: async (work) => {
      assertConfirmed(work);
      // Only work on a database reads its password.
      const own = await ownConfiguration(world, 'urls');
      const withUrls = { ...own, databases: await withLabels(own, await records.list('databases')) };
      checkKnown(work.job === 'undo' ? work.restore.database : databaseIn(work.body), withUrls);
      return startHere(world, openEngine(world, { configuration: withUrls, note: print.note }), work);
    },
    close: async () => undefined,
  };
}

function databaseIn(body: object): string | undefined {
  return 'database' in body && typeof body.database === 'string' ? body.database : undefined;
}

function checkKnown(database: string | undefined, { databases }: Configuration): void {
  const names = databases.map((each) => each.name);
  if (database === undefined || names.includes(database)) return;
  throw new SagekeepError('UNKNOWN_DATABASE', `No database ${database} is configured.`, {
    advice: `Configured: ${names.join(', ') || 'none'}.`,
  });
}

function definedOnly(filter: { database?: string | undefined; proven?: boolean | undefined }) {
  const { database, proven } = filter;
  return { ...(database === undefined ? {} : { database }), ...(proven === undefined ? {} : { proven }) };
}
