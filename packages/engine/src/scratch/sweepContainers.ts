import type { CleanupAction, DatabaseConfig } from '@sagekeep/contracts';
import type Docker from 'dockerode';
import type { ContainerSweep } from '../cleanup/index.ts';
import { answeredWithin, dockerClient, plainName, refusal } from '../docker/index.ts';
import type { EngineDependencies } from '../engine.ts';
import { findLeft, type LeftContainer, removeScratch } from './sweep.ts';

/** How long Docker may take for one answer. */
const answerMs = 30_000;

/**
 * Removes the throw-away containers that dead proofs left around this Docker; with `dryRun` it only says which. Those of
 * living proofs, and of other installations as long as these may need them, stay. One that cannot be removed is an action
 * `keep`, and a Docker that does not answer a line of the job's log.
 */
export async function sweepContainers(
  deps: EngineDependencies,
  sweep: ContainerSweep,
): Promise<CleanupAction[]> {
  const { dockerHost } = deps;
  const { context, dryRun } = sweep;
  if (dockerHost === null) return [];
  const docker = dockerClient(dockerHost);
  const actions: CleanupAction[] = [];
  try {
    for (const left of await survey(deps, docker, sweep)) {
      const action = dryRun ? left : await remove(docker, left, { sweep, dockerHost });
      if (!dryRun) context.log(`${action.action} container ${action.backup}: ${action.reason}`);
      actions.push(action);
    }
  } catch (error) {
    context.signal.throwIfAborted();
    context.log(`Throw-away containers of proofs were not looked for: ${refusal(error, dockerHost).text}.`);
  }
  return actions;
}

/** What is to go. Jobs are asked about after the list was made: of one that has ended by then, none on the list lives. */
async function survey(
  deps: EngineDependencies,
  docker: Docker,
  { context, database, hasEnded }: ContainerSweep,
): Promise<CleanupAction[]> {
  const limit = { ms: answerMs, signal: context.signal };
  const listed = await answeredWithin(docker.listContainers({ all: true }), limit);
  const wanted = deps.databases.filter(({ name }) => database === undefined || name === database);
  const owners = ownersOf(wanted, listed);
  // Another installation may have a job of the same id, for a container that is none of ours.
  const isDead = async (jobId: string, model: string) =>
    owners.has(model) && ((await hasEnded?.(jobId)) ?? false);
  const left = await findLeft(listed, { now: deps.now(), isDead });
  return left
    .map((each) => actionFor(each, owners.get(each.model) ?? ''))
    .filter((action) => database === undefined || action.database === database);
}

/** The names of databases by the ids of their containers. */
function ownersOf(databases: readonly DatabaseConfig[], listed: readonly Docker.ContainerInfo[]) {
  const found = listed.flatMap(({ Id, Names }) => {
    const names: readonly (string | null)[] = Names.map(plainName);
    const owner = databases.find(({ container }) => container !== null && names.includes(container));
    return owner === undefined ? [] : [[Id, owner.name] as const];
  });
  return new Map(found);
}

function actionFor({ name, reason }: LeftContainer, database: string): CleanupAction {
  return { subject: 'container', backup: name, database, action: 'delete', reason, bytes: 0 };
}

async function remove(
  docker: Docker,
  action: CleanupAction,
  { sweep, dockerHost }: { readonly sweep: ContainerSweep; readonly dockerHost: string },
): Promise<CleanupAction> {
  const { signal } = sweep.context;
  try {
    await removeScratch(docker, action.backup, { ms: answerMs, signal });
    return action;
  } catch (error) {
    signal.throwIfAborted();
    const why = `${refusal(error, dockerHost).text}; by hand: docker rm -f -v ${action.backup}`;
    return { ...action, action: 'keep', reason: `${action.reason}, but ${why}` };
  }
}
