import {
  type ErrorCode,
  type InventoryEntry,
  isSagekeepError,
  type JobContext,
  type PlanPayload,
  SagekeepError,
} from '@sagekeep/contracts';
import { type DefinitionSource, liveDefinitions } from '../inventory/index.ts';
import type { RestoreDependencies } from '../restore/dependencies.ts';
import { assessNeeds, type Needs } from '../restore/preflight.ts';
import { type PresentDatabase, presentDatabase } from '../restore/properties.ts';
import { likelyDump, type Source } from '../restore/restoreSource.ts';
import type { Target } from '../restore/target.ts';
import type { Session } from '../server/index.ts';
import { type Material, planHash } from './material.ts';
import { objectChanges } from './objects.ts';

export interface SurveyOptions {
  readonly target: Target;
  readonly source: Source;
  /** A session with the target's maintenance database. */
  readonly session: Session;
  readonly context: JobContext;
  readonly applicationName: string;
  readonly payload: Pick<PlanPayload, 'inPlace' | 'createRoles'>;
}

/** The part of a plan that its hash covers, and what it was made from. */
export interface Survey extends Omit<SurveyOptions, 'context' | 'payload'> {
  readonly live: PresentDatabase | null;
  readonly needs: Needs;
  /** Why the definitions of the live database could not be read; null when they were, or there is none. */
  readonly unreadable: string | null;
  readonly material: Material;
}

interface Readable {
  readonly definitions: InventoryEntry[] | null;
  readonly unreadable: string | null;
}

/** What tells of a moment, not of the database: a plan made from it would be one that nobody can come back to. */
const momentary: readonly ErrorCode[] = ['OBJECT_BUSY', 'LOCK_BUSY', 'SERVER_GONE', 'SERVER_UNREACHABLE'];

/** A database too damaged to be read is the very one that has to be restored: it must not keep a plan from being made. */
async function readableOrWhy(options: DefinitionSource): Promise<Readable> {
  try {
    return { definitions: await liveDefinitions(options), unreadable: null };
  } catch (error) {
    options.signal.throwIfAborted();
    if (isSagekeepError(error) && momentary.includes(error.code)) throw error;
    return { definitions: null, unreadable: error instanceof Error ? error.message : String(error) };
  }
}

interface Seen {
  readonly live: PresentDatabase | null;
  readonly needs: Needs;
  readonly definitions: readonly InventoryEntry[] | null;
}

function materialOf(
  { target, source, payload }: SurveyOptions,
  { live, needs, definitions }: Seen,
): Material {
  const { manifest } = source;
  const sameMajor = Math.floor(manifest.serverVersionNum / 10_000) === needs.serverMajor;
  // SQL tells its definitions only to a server: they are not compared.
  const comparable = source.foreign === null || source.foreign.hasDefinitions;
  const largeObjects = manifest.inventory.largeObjects.count > 0;
  return {
    database: target.database.name,
    source: source.label,
    backup: source.backup?.manifest.id ?? null,
    into: target.connection.dbname,
    server: target.server,
    method: payload.inPlace ? 'in-place' : 'aside',
    untrusted: source.foreign?.trusted === false,
    targetOid: live?.oid ?? null,
    objects:
      definitions === null || !comparable
        ? []
        : objectChanges({ before: definitions, after: manifest.inventory.entries, sameMajor, largeObjects }),
    // Those that are to be made are not missing any more when the restore is tried again.
    missingRoles: payload.createRoles ? [] : [...needs.missingRoles],
    missingExtensions: [...needs.missingExtensions],
  };
}

/** Reads all that a plan is made of, and changes nothing. */
export async function survey(deps: RestoreDependencies, options: SurveyOptions): Promise<Survey> {
  const { target, source, session, context, applicationName } = options;
  const { manifest } = source;
  const live = await presentDatabase(session, target.connection.dbname);
  const owner = live?.properties.owner ?? manifest.properties.owner;
  const needs = await assessNeeds({
    session,
    tools: deps.tools,
    manifest,
    dump: likelyDump(deps, source),
    owner,
    createRoles: options.payload.createRoles,
    purpose: options.payload.inPlace ? 'in-place' : 'aside',
    strangers: source.foreign?.trusted === false,
  });
  const { tools } = needs.tools;
  const { signal } = context;
  const { killGraceMs } = deps;
  const { connection } = target;
  const { definitions, unreadable } =
    live === null
      ? { definitions: null, unreadable: null }
      : await readableOrWhy({ connection, tools, applicationName, signal, killGraceMs, patienceMs: 10_000 });
  const material = materialOf(options, { live, needs, definitions });
  return {
    target,
    source,
    session,
    applicationName,
    live,
    needs,
    unreadable,
    material,
  };
}

/** Throws `PLAN_OUTDATED` when what the plan was made from is not what is there now. */
export async function requirePlan(
  deps: RestoreDependencies,
  options: SurveyOptions,
  hash: string,
): Promise<void> {
  const found = await survey(deps, options);
  if (planHash(found.material) === hash) return;
  throw new SagekeepError(
    'PLAN_OUTDATED',
    'The target is not any more what the plan was made from: definitions, roles or the database itself have changed.',
    { advice: 'Look at a new plan ("sagekeep plan") and restore with its hash.', facts: { planHash: hash } },
  );
}
