import type Docker from 'dockerode';
import { some } from '../text/index.ts';
import { answered } from './answered.ts';
import { dockerClient } from './client.ts';
import type { ContainerFacts, ContainerLook } from './look.ts';

/** Docker's own, for a container that says nothing. */
const defaultShmBytes = 64 * 1024 * 1024;

/** How long Docker may take to answer one question, ms. */
const answerMs = 5_000;

export interface InspectOptions {
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
  /** Default 5 s. */
  readonly timeoutMs?: number;
}

/**
 * Looks at one container, found by its exact name, or by a label written `label=value` that exactly one container
 * carries. Never throws but the signal's reason: a daemon that is absent, hangs or refuses is an answer, too.
 */
export async function inspectContainer(
  dockerHost: string | null,
  nameOrLabel: string | null,
  options: InspectOptions = {},
): Promise<ContainerLook> {
  if (nameOrLabel === null) return { kind: 'absent', text: 'no container is configured for this database' };
  if (dockerHost === null) return { kind: 'absent', text: 'Docker is not used here' };
  const timeout = AbortSignal.timeout(options.timeoutMs ?? answerMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    return await look(dockerClient(dockerHost), nameOrLabel, signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (timeout.aborted) {
      return {
        kind: 'silent',
        text: `Docker at ${dockerHost} did not answer within ${options.timeoutMs ?? answerMs} ms`,
      };
    }
    return refusal(error, dockerHost);
  }
}

async function look(docker: Docker, nameOrLabel: string, signal: AbortSignal): Promise<ContainerLook> {
  const all = await answered(docker.listContainers({ all: true, abortSignal: signal }), signal);
  const matching = all.filter(matcher(nameOrLabel));
  const [match] = matching;
  if (match === undefined) return { kind: 'missing', text: missingText(nameOrLabel, all) };
  if (matching.length > 1) {
    const names = matching.map(({ Names }) => plainName(Names[0] ?? '')).join(', ');
    return {
      kind: 'ambiguous',
      text: `${matching.length} containers carry the label ${nameOrLabel}: ${names}`,
    };
  }
  const details = await detailsOf(docker, match.Id, signal);
  if (details === null)
    return { kind: 'missing', text: `${plainName(match.Names[0] ?? '')} was just removed` };
  const digest = await digestOf(docker, details.Image, signal);
  return { kind: 'found', container: factsOf(details, digest) };
}

/** Null for a container that was removed since it was listed. */
export async function detailsOf(
  docker: Docker,
  id: string,
  signal: AbortSignal,
): Promise<Docker.ContainerInspectInfo | null> {
  try {
    return await answered(docker.getContainer(id).inspect({ abortSignal: signal }), signal);
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return null;
    throw error;
  }
}

function matcher(nameOrLabel: string): (container: Docker.ContainerInfo) => boolean {
  const equals = nameOrLabel.indexOf('=');
  if (equals === -1) return ({ Names }) => Names.some((name) => plainName(name) === nameOrLabel);
  const label = nameOrLabel.slice(0, equals);
  const value = nameOrLabel.slice(equals + 1);
  return ({ Labels }) => Labels[label] === value;
}

/** Docker writes names with a leading slash; links of other containers have a second one. */
export function plainName(name: string): string {
  return name.replace(/^\//, '');
}

function missingText(nameOrLabel: string, all: readonly Docker.ContainerInfo[]): string {
  const names = all.map(({ Names }) => plainName(Names[0] ?? ''));
  const what = nameOrLabel.includes('=') ? `carries the label ${nameOrLabel}` : `is named ${nameOrLabel}`;
  return `no container ${what}; Docker knows ${names.length === 0 ? 'none' : some(names, 10)}`;
}

async function digestOf(docker: Docker, image: string, signal: AbortSignal): Promise<string | null> {
  try {
    const details = await answered(docker.getImage(image).inspect(), signal);
    return details.RepoDigests?.[0] ?? null;
  } catch {
    // An image that was removed under a running container is no reason to know nothing about the container.
    return null;
  }
}

function factsOf(details: Docker.ContainerInspectInfo, digest: string | null): ContainerFacts {
  const { State, Config, Mounts, HostConfig } = details;
  const health = State.Health?.Status;
  const known = health === 'starting' || health === 'healthy' || health === 'unhealthy';
  const variable = (Config.Env ?? []).find((entry) => entry.startsWith('PGDATA='));
  return {
    id: details.Id,
    name: plainName(details.Name),
    state: State.Status,
    health: known ? health : null,
    healthOutput:
      health === 'unhealthy' ? (State.Health?.Log?.at(-1)?.Output ?? '').trim().slice(0, 300) : '',
    exitCode: State.Running ? null : State.ExitCode,
    oomKilled: State.OOMKilled,
    restarts: details.RestartCount,
    startedAt: State.StartedAt.startsWith('0001-') ? null : State.StartedAt,
    image: Config.Image,
    digest,
    mounts: Mounts.map((mount) => ({
      kind: mount.Type,
      source: mount.Name ?? mount.Source,
      target: mount.Destination,
      writable: mount.RW,
    })),
    pgdata: variable === undefined ? null : variable.slice('PGDATA='.length),
    limits: {
      memoryBytes: (HostConfig.Memory ?? 0) === 0 ? null : (HostConfig.Memory ?? 0),
      shmBytes: HostConfig.ShmSize ?? defaultShmBytes,
    },
  };
}

/** What a call that Docker did not answer well means. */
export function refusal(error: unknown, dockerHost: string): Exclude<ContainerLook, { kind: 'found' }> {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const text = error instanceof Error ? error.message : String(error);
  if (code === 'EACCES' || code === 'EPERM' || statusCode === 401 || statusCode === 403) {
    return { kind: 'denied', text: `Docker at ${dockerHost} refuses: ${text}` };
  }
  if (code === 'ENOENT') return { kind: 'absent', text: `there is no Docker at ${dockerHost}` };
  return { kind: 'silent', text: `Docker at ${dockerHost} cannot be asked: ${text}` };
}
