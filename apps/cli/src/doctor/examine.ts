import { statfs } from 'node:fs/promises';
import type { Configuration } from '@sagekeep/contracts';
import { byteSize } from '@sagekeep/watch';
import { findApi } from '../client/find.ts';
import { createHttp, nothing } from '../client/http.ts';
import { ownConfiguration } from '../offline/configuration.ts';
import { withLabels } from '../offline/labels.ts';
import { openEngine, openVault } from '../offline/wiring.ts';
import type { Tool } from '../tool.ts';
import type { World } from '../world.ts';
import { examineChannels } from './channels.ts';
import { type Diagnosis, diagnosis } from './diagnosis.ts';
import { pingRedis } from './redis.ts';

/** Everything that this machine needs, looked at one after the other; nothing is changed. */
export async function examine(tool: Tool): Promise<Diagnosis[]> {
  const base = [await node(), await api(tool)];
  const configured = await diagnosis(
    {
      id: 'configuration',
      advice: 'Set DATABASE_URL, or write config/sagekeep.yaml (docs/configuration.md).',
    },
    async () => {
      const { databases } = await withLabelled(tool.world);
      if (databases.length === 0) throw new Error('No database is configured, and no container labelled');
      return `Configured: ${databases.map((database) => database.name).join(', ')}`;
    },
  );
  return configured.ok ? [...base, configured, ...(await examineConfigured(tool))] : [...base, configured];
}

async function examineConfigured({ world, print }: Tool): Promise<Diagnosis[]> {
  const configuration = await withLabelled(world);
  const note = print().note;
  const storage = await diagnosis(
    { id: 'storage', advice: 'Make the folder writable for this user.' },
    async () => {
      const vault = openVault(world, configuration);
      await vault.storage.probe();
      const { bavail, bsize } = await statfs(configuration.storage.folder);
      return `Backups can be written to ${vault.storage.location}, ${byteSize(bavail * bsize)} free`;
    },
  );
  const redis = await diagnosis(
    { id: 'redis', advice: 'Start Redis, or set REDIS_URL. Restores work without it, with --offline.' },
    () => pingRedis(configuration.redis.url),
  );
  const channels = await examineChannels(configuration.alerts.channels);
  return [storage, redis, ...channels, ...(await examineServers(world, { configuration, note }))];
}

/** What only the engine knows to be wrong with the configuration hides nothing that was found before. */
async function examineServers(
  world: World,
  options: { configuration: Configuration; note: (line: string) => void },
): Promise<readonly Diagnosis[]> {
  let found: readonly Diagnosis[] = [];
  const engine = await diagnosis({ id: 'engine', advice: 'Correct the configuration.' }, async () => {
    found = await openEngine(world, options).diagnose();
    return 'The engine has looked at every server';
  });
  return engine.ok ? found : [engine];
}

/** The configuration, with the databases of labelled containers as they are seen from here. */
async function withLabelled(world: World): Promise<Configuration> {
  const own = await ownConfiguration(world, 'urls');
  const { records } = openVault(world, own);
  const listed = await records.list('databases').catch(() => ({ items: [], damaged: [] }));
  return { ...own, databases: await withLabels(own, listed) };
}

function node(): Promise<Diagnosis> {
  return diagnosis(
    { id: 'node', advice: 'Run "npm ci" in this folder: it brings Node 24 along.' },
    async () => {
      if (Number.parseInt(process.versions.node, 10) < 24)
        throw new Error(`Node ${process.versions.node} is too old`);
      return `Node ${process.versions.node}`;
    },
  );
}

function api({ settings, world }: Tool): Promise<Diagnosis> {
  const advice = 'Start it with "npm start" or "docker compose up -d"; or use --offline.';
  return diagnosis({ id: 'api', advice }, async () => {
    const http = createHttp(await findApi(settings(), world));
    await http.get('/readyz', nothing);
    return `The API is ready at ${http.url}`;
  });
}
