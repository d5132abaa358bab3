import { randomBytes } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { isSagekeepError, type JobContext, jobCatalogue, type Log, SagekeepError } from '@sagekeep/contracts';
import type Docker from 'dockerode';
import { type AnswerLimit, answeredWithin, dockerClient } from '../docker/index.ts';
import { connect, parseDatabaseUrl, quoteIdentifier, type Session, urlInside } from '../server/index.ts';
import { scratchCommand } from './command.ts';
import { scratchRequest } from './request.ts';
import { removeScratch, sweepScratch } from './sweep.ts';

export interface ScratchOptions {
  readonly dockerHost: string;
  /** The production container whose image and settings are taken. */
  readonly container: string;
  /** `shared_preload_libraries` of the production server; null where it is not known. */
  readonly preload: string | null;
  /** Roles that the backup refers to; made without a login. */
  readonly roles: readonly string[];
  readonly context: JobContext;
  readonly log: Log;
  readonly now: () => Date;
  /** How long Docker may take for one answer; a minute by default. */
  readonly answerMs?: number;
}

type ScratchCreation = ReturnType<typeof scratchRequest>;
/** A limit that also ends with the job's signal. */
type JobLimit = Required<AnswerLimit>;

/** Longer than a proof may run: no sweep takes a container from under a living one. */
const usefulMs = jobCatalogue.prove.timeoutMs + 3_600_000;
const answerMs = 60_000;
const readyWithinMs = 180_000;
const askAgainMs = 250;

/**
 * The same as `withScratchServer`, and once more without the libraries that the production server has loaded when a server
 * cannot start with them: those may lie in a mounted folder, or have been installed since, and are not in the image.
 */
export async function withAnyScratchServer<Result>(
  options: ScratchOptions,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  try {
    return await withScratchServer(options, work);
  } catch (error) {
    const ended = isSagekeepError(error, 'CONTAINER_NOT_RUNNING') && error.facts['exitCode'] !== undefined;
    if (!ended || (options.preload ?? '') === '') throw error;
    options.context.log(
      `No server of that image starts with the libraries ${options.preload}: proving without them.`,
    );
    return await withScratchServer({ ...options, preload: null }, work);
  }
}

/**
 * Runs `work` with the URL of an empty server in a container of its own, made from the production container's image and
 * settings, without a network: only exec reaches it. The container and its volumes are removed whatever happens; what a
 * killed worker or a Docker that hangs leaves is removed by the job's next attempt, or by any later one and by cleanup once
 * its time is over, by cleanup also as soon as the job has ended. No call waits for a silent Docker for longer than a minute.
 */
export async function withScratchServer<Result>(
  options: ScratchOptions,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const docker = dockerClient(options.dockerHost);
  const { signal } = options.context;
  const limit = { ms: options.answerMs ?? answerMs, signal };
  const password = randomBytes(18).toString('hex');
  try {
    const request = await prepare(docker, { options, limit, password });
    await using _ = removedAtTheEnd(docker, { name: request.name, log: options.log, limit });
    // Not ended by the signal: one that is made after it was removed would stay.
    await answeredWithin(docker.createContainer(request), { ms: limit.ms });
    signal.throwIfAborted();
    await answeredWithin(docker.getContainer(request.name).start(), limit);
    options.context.log(
      `A throw-away server runs in ${request.name}, from the image of ${options.container}.`,
    );
    const inside = { dockerHost: options.dockerHost, container: request.name };
    const url = urlInside(`postgresql://postgres:${password}@127.0.0.1:5432/postgres`, inside);
    await using session = await ready(docker, { name: request.name, url, limit });
    for (const role of options.roles) await createRole(session, role);
    return await work(url);
  } catch (error) {
    throw isSagekeepError(error) || signal.aborted ? error : refused(error, options.container);
  }
}

interface Preparing {
  readonly options: ScratchOptions;
  readonly limit: JobLimit;
  readonly password: string;
}

/** Looks at the production container, removes what is left of earlier ones, and says what to create. */
async function prepare(docker: Docker, { options, limit, password }: Preparing): Promise<ScratchCreation> {
  const { jobId } = options.context;
  const model = await answeredWithin(docker.getContainer(options.container).inspect(), limit);
  const swept = await sweepScratch(docker, { jobId, model: model.Id, now: options.now(), limit });
  if (swept > 0) options.context.log(`Removed ${swept} throw-away containers that were left behind.`);
  const image = await answeredWithin(docker.getImage(model.Image).inspect(), limit);
  const imageUser = image.Config?.User ?? '';
  const until = new Date(options.now().getTime() + usefulMs);
  const name = `sagekeep-scratch-${randomBytes(5).toString('hex')}`;
  const { preload } = options;
  const { leftOut } = scratchCommand(model.Config.Cmd ?? [], preload);
  if (leftOut.length > 0)
    options.context.log(
      `Left out of the command of ${options.container}, as a proof needs none of it: ${leftOut.join(', ')}.`,
    );
  return scratchRequest({ name, model, imageUser, preload, password, jobId, until });
}

function removedAtTheEnd(
  docker: Docker,
  { name, log, limit }: { name: string; log: Log; limit: AnswerLimit },
): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: () =>
      // Also when the job was cancelled: its signal is not asked.
      removeScratch(docker, name, { ms: limit.ms }).catch((error: unknown) => {
        log.warn({ err: error, container: name }, 'a throw-away container could not be removed yet');
      }),
  };
}

/** A session, as soon as the server has initialised itself. Official images listen on TCP only after that. */
async function ready(
  docker: Docker,
  { name, url, limit }: { name: string; url: string; limit: JobLimit },
): Promise<Session> {
  const { signal } = limit;
  const connection = parseDatabaseUrl(url);
  for (const end = performance.now() + readyWithinMs; ; await after(askAgainMs, undefined, { signal })) {
    signal.throwIfAborted();
    try {
      return await connect(connection, { applicationName: 'sagekeep-scratch', signal });
    } catch (error) {
      const { State } = await answeredWithin(docker.getContainer(name).inspect(), limit);
      const { Running, ExitCode } = State;
      if (!Running) throw notStarted(`ended with exit code ${ExitCode}`, error, { exitCode: ExitCode });
      if (performance.now() > end) throw notStarted('did not accept connections in time', error);
    }
  }
}

async function createRole(session: Session, role: string): Promise<void> {
  const [known] = await session.query('select from pg_roles where rolname = $1', [role]);
  if (known === undefined && !role.startsWith('pg_'))
    await session.query(`create role ${quoteIdentifier(role)}`);
}

function notStarted(how: string, cause: unknown, facts: { exitCode?: number } = {}): SagekeepError {
  return new SagekeepError('CONTAINER_NOT_RUNNING', `The throw-away container for the proof ${how}.`, {
    retryable: true,
    advice:
      'Its image and what a restore needs of its settings are those of the production container; files that are mounted there are not.',
    facts,
    cause,
  });
}

function refused(cause: unknown, container: string): SagekeepError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const text = `No throw-away container could be made from ${container}: ${reason}`;
  return new SagekeepError('CONTAINER_NOT_RUNNING', text, {
    retryable: true,
    advice:
      'Use docker-compose.docker.yml, whose proxy allows it, or prove elsewhere: proof: { where: own }.',
    cause,
  });
}
