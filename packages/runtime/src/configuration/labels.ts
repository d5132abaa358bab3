import {
  type DatabaseConfig,
  DatabaseName,
  type LabelledContainer,
  type Unreachable,
} from '@sagekeep/contracts';
import { databaseOf, fitName, isDatabaseUrl } from './databases.ts';
import { createSecrets } from './secrets.ts';
import { DatabaseShape } from './shape.ts';

/** Where the process that reads the labels runs, and what it may read. */
export interface Around {
  /** The container it runs in; null outside of containers. */
  readonly self: { readonly name: string; readonly networks: readonly string[] } | null;
  /** The content of a file of this bare name in the folder of secrets; null when there is none. */
  readonly readSecret: (name: string) => string | null;
}

/** A container that is labelled to be protected, and what its labels come to. */
export interface LabelledDatabase {
  readonly name: string;
  readonly container: string;
  readonly containerId: string;
  readonly running: boolean;
  readonly outcome:
    | { readonly state: 'ready'; readonly config: DatabaseConfig; readonly secrets: readonly string[] }
    | ({ readonly state: 'unreachable' | 'refused' } & Unreachable);
}

type Trouble = Extract<LabelledDatabase['outcome'], Unreachable>;

const prefix = 'sagekeep.';
const postgresPort = 5432;

/** What one container's labels and its environment say of its database. Pure, but for the secret that is read. */
export function readLabels(container: LabelledContainer, around: Around): LabelledDatabase {
  const given = label(container, 'database');
  const known = DatabaseName.safeParse(given ?? fitName(container.name));
  const about = {
    container: container.name,
    containerId: container.id,
    running: container.state === 'running',
  };
  if (known.success) return { ...about, name: known.data, outcome: outcomeOf(container, known.data, around) };
  const why = `its label sagekeep.database is no name: ${quoted(given)}`;
  const name = fitName(container.name);
  return { ...about, name, outcome: refused(why, `label it sagekeep.database=${name}`) };
}

function outcomeOf(container: LabelledContainer, name: string, around: Around): LabelledDatabase['outcome'] {
  const url = urlOf(container, around);
  if (typeof url !== 'string') return url;
  const run = label(container, 'run');
  const shape = DatabaseShape.safeParse({ url, container: container.name, ...(run === null ? {} : { run }) });
  if (!shape.success || !isDatabaseUrl(url)) {
    return refused(
      'its labels make no database: the URL in sagekeep.url_file is not one like postgresql://user:password@host:5432/dbname',
      'correct the file that the label sagekeep.url_file names',
    );
  }
  const secrets = createSecrets();
  secrets.addUrl(url);
  return { state: 'ready', config: databaseOf(name, shape.data, url), secrets: secrets.all() };
}

function urlOf(container: LabelledContainer, around: Around): string | Trouble {
  if (container.state !== 'running')
    return unreachable(`the container is ${container.state}`, `docker start ${container.name}`);
  const wrong = wrongLabel(container);
  if (wrong !== null) return wrong;
  const file = label(container, 'url_file');
  if (file !== null) return fromFile(file, around);
  const password = passwordOf(container);
  if (typeof password === 'object' && password !== null) return password;
  const place = placeOf(container, around);
  if (typeof place !== 'string') return place;
  const { postgres } = container;
  const user = label(container, 'user') ?? postgres['POSTGRES_USER'] ?? 'postgres';
  const dbname = label(container, 'dbname') ?? postgres['POSTGRES_DB'] ?? user;
  const login = [user, ...(password === null ? [] : [password])].map(encodeURIComponent).join(':');
  return `postgresql://${login}@${place}/${encodeURIComponent(dbname)}`;
}

function wrongLabel(container: LabelledContainer): Trouble | null {
  const run = label(container, 'run') ?? 'network';
  if (run !== 'network' && run !== 'container')
    return refused(
      `its label sagekeep.run means nothing: ${quoted(run)}`,
      'label it sagekeep.run=network or container',
    );
  const port = Number(label(container, 'port') ?? postgresPort);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return null;
  return refused('its label sagekeep.port is no port', 'label it sagekeep.port=5432');
}

function fromFile(file: string, { readSecret }: Around): string | Trouble {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(file))
    return refused(
      'its label sagekeep.url_file is no bare file name',
      "put the file into the worker's folder of secrets and name it without its folder",
    );
  const url = readSecret(file);
  if (url !== null) return url;
  return refused(
    `there is no file ${file} in the worker's folder of secrets, or it is empty`,
    `write the database's URL to data/secrets/worker/${file} (mode 0600)`,
  );
}

/** Null where the server asks for none. */
function passwordOf(container: LabelledContainer): string | null | Trouble {
  const { postgres } = container;
  const inEnvironment = postgres['POSTGRES_PASSWORD'];
  if (inEnvironment !== undefined && inEnvironment !== '') return inEnvironment;
  // Official images trust 127.0.0.1.
  if (label(container, 'run') === 'container') return null;
  if (postgres['POSTGRES_HOST_AUTH_METHOD'] === 'trust') return null;
  const why =
    postgres['POSTGRES_PASSWORD_FILE'] === undefined
      ? 'its environment holds no POSTGRES_PASSWORD'
      : 'its password is in a file of its own (POSTGRES_PASSWORD_FILE), which cannot be read from here';
  return refused(
    why,
    "write the database's URL to data/secrets/worker/NAME (mode 0600) and label it sagekeep.url_file=NAME, or label it sagekeep.run=container",
  );
}

/** `host:port` of the server, as this process sees it. */
function placeOf(container: LabelledContainer, { self }: Around): string | Trouble {
  const port = String(Number(label(container, 'port') ?? postgresPort));
  if (label(container, 'run') === 'container') return `127.0.0.1:${port}`;
  const networks = Object.entries(container.networks);
  if (self !== null) return onSharedNetwork(container, { port, self });
  const published = container.published[port];
  if (published !== undefined) return `${published.host}:${published.port}`;
  const address = networks.find(([, ip]) => ip !== '')?.[1];
  if (address !== undefined) return `${address}:${port}`;
  if (networks.some(([network]) => network === 'host')) return `127.0.0.1:${port}`;
  return unreachable(
    'it has no address and publishes no port',
    `publish its port (-p 127.0.0.1:${port}:${port}), or label it sagekeep.run=container`,
  );
}

function onSharedNetwork(
  container: LabelledContainer,
  { port, self }: { port: string; self: NonNullable<Around['self']> },
): string | Trouble {
  const shared = Object.entries(container.networks).filter(([network]) => self.networks.includes(network));
  // Docker resolves names on every network but its default one.
  if (shared.some(([network]) => network !== 'bridge')) return `${container.name}:${port}`;
  const address = shared[0]?.[1];
  if (address !== undefined && address !== '') return `${address}:${port}`;
  const own = Object.keys(container.networks).find((network) => !['host', 'none'].includes(network));
  return unreachable(
    'it shares no network with the worker',
    own === undefined ? 'label it sagekeep.run=container' : `docker network connect ${own} ${self.name}`,
  );
}

function label({ labels }: LabelledContainer, name: string): string | null {
  const value = labels[`${prefix}${name}`];
  return value === undefined || value === '' ? null : value;
}

/** What somebody wrote on a label, fit for a line. */
function quoted(text: string | null): string {
  return JSON.stringify((text ?? '').slice(0, 60));
}

function refused(why: string, advice: string): Trouble {
  return { state: 'refused', why, advice };
}

function unreachable(why: string, advice: string): Trouble {
  return { state: 'unreachable', why, advice };
}
