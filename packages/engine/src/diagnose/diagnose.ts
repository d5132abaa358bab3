import { clientToolsAdvice, isSagekeepError, type Unreachable } from '@sagekeep/contracts';
import { inspectContainer } from '../docker/index.ts';
import type { Diagnosis, EngineDependencies } from '../engine.ts';
import { connect, describeConnection, parseDatabaseUrl, serverVersion } from '../server/index.ts';
import { type Tools, thisSystem } from '../tools/index.ts';

/** A database or server to look at. */
interface Place {
  readonly name: string;
  readonly url: string | null;
  readonly unreachable?: Unreachable;
}

/**
 * Looks at everything the engine needs: each server, client tools of its major version, Docker where containers are
 * configured. Changes nothing and never throws: what cannot be done is a diagnosis with its advice.
 */
export async function diagnose(deps: EngineDependencies & { readonly tools: Tools }): Promise<Diagnosis[]> {
  const places = [...deps.databases, ...deps.servers];
  const looked = await Promise.all(places.map((place) => lookAtServer(place, deps.tools)));
  const containers = deps.databases.filter(({ container }) => container !== null);
  const boxes = await Promise.all(
    containers.map(({ name, container }) => lookAtContainer(name, container, deps.dockerHost)),
  );
  const found = unique(looked.flat());
  // Without a server that tells its version nobody knows which tools it needs.
  const tools = found.some(({ id }) => id.startsWith('tools:')) ? [] : [await anyTools(deps.tools)];
  return [...found, ...tools, ...boxes];
}

async function lookAtServer({ name, url, unreachable }: Place, tools: Tools): Promise<Diagnosis[]> {
  const id = `server:${name}`;
  try {
    if (unreachable !== undefined) return [missing(id, unreachable.why, unreachable.advice)];
    if (url === null) return [missing(id, `${name} has no URL here`, 'Give it url or url_file.')];
    const connection = parseDatabaseUrl(url);
    await using session = await connect(connection, { applicationName: 'sagekeep-doctor' });
    const { text, major } = await serverVersion(session);
    const answers = {
      id,
      ok: true,
      text: `${name}: PostgreSQL ${text} answers at ${describeConnection(connection)}`,
    };
    return [{ ...answers, advice: null }, await lookForTools(major, tools)];
  } catch (error) {
    return [failed(id, error, `Start the server of ${name}, or correct its URL.`)];
  }
}

async function lookForTools(major: number, tools: Tools): Promise<Diagnosis> {
  const id = `tools:${major}`;
  try {
    const { tools: chosen, warnings } = await tools.forServer(major);
    const [warning] = warnings;
    if (warning !== undefined) return missing(id, `No client tools of version ${major}`, warning);
    return { id, ok: true, text: `Client tools ${chosen.version} in ${chosen.folder}`, advice: null };
  } catch (error) {
    return failed(id, error, clientToolsAdvice(major, thisSystem()));
  }
}

async function anyTools(tools: Tools): Promise<Diagnosis> {
  const [newest] = await tools.installed();
  if (newest !== undefined)
    return { id: 'tools', ok: true, text: `Client tools ${newest.version}`, advice: null };
  const advice = clientToolsAdvice('NN', thisSystem());
  return missing('tools', 'pg_dump, pg_restore and psql were not found', advice);
}

async function lookAtContainer(
  name: string,
  container: string | null,
  dockerHost: string | null,
): Promise<Diagnosis> {
  const id = `container:${name}`;
  const look = await inspectContainer(dockerHost, container);
  if (look.kind !== 'found') {
    return missing(id, `${name}: ${look.text}`, 'Start Docker and the container, or take `container` out.');
  }
  const { state } = look.container;
  const text = `${name}: container ${look.container.name} is ${state}`;
  return state === 'running'
    ? { id, ok: true, text, advice: null }
    : missing(id, text, `docker start ${container}`);
}

function missing(id: string, text: string, advice: string): Diagnosis {
  return { id, ok: false, text, advice };
}

function failed(id: string, error: unknown, advice: string): Diagnosis {
  const text = error instanceof Error ? error.message : String(error);
  return missing(id, text, isSagekeepError(error) ? (error.advice ?? advice) : advice);
}

/** Databases on one server share its tools. */
function unique(diagnoses: readonly Diagnosis[]): Diagnosis[] {
  return [...new Map(diagnoses.map((each) => [each.id, each])).values()];
}
