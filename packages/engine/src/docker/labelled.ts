import { hostname } from 'node:os';
import type { LabelledContainer, LabelledLook } from '@sagekeep/contracts';
import type Docker from 'dockerode';
import { answered } from './answered.ts';
import { dockerClient } from './client.ts';
import { detailsOf, plainName, refusal } from './inspectContainer.ts';

/** How long Docker may take for all of it, ms. */
const answerMs = 10_000;

/** What Docker says, or why it says nothing. */
export type LabelledAnswer =
  | ({ readonly kind: 'found' } & LabelledLook)
  | { readonly kind: 'silent'; readonly text: string };

/**
 * Every container that carries the label, written `label=value`, stopped ones too. Only asks (GET), and never throws: a
 * daemon that is absent, hangs or refuses is an answer, too. The answer holds passwords.
 */
export async function findLabelled(dockerHost: string, label: string): Promise<LabelledAnswer> {
  const signal = AbortSignal.timeout(answerMs);
  try {
    return { kind: 'found', ...(await look(dockerClient(dockerHost), label, signal)) };
  } catch (error) {
    const text = signal.aborted
      ? `Docker at ${dockerHost} did not answer within ${answerMs} ms`
      : refusal(error, dockerHost).text;
    return { kind: 'silent', text };
  }
}

async function look(docker: Docker, label: string, signal: AbortSignal): Promise<LabelledLook> {
  const all = await answered(docker.listContainers({ all: true, abortSignal: signal }), signal);
  const [name = '', ...value] = label.split('=');
  const wanted = all.filter(({ Labels }) => Labels[name] === value.join('='));
  const looked = await Promise.all(
    wanted.map(async ({ Id }) => ({ Id, details: await detailsOf(docker, Id, signal) })),
  );
  // To be present and not labelled is to be forgotten: one that was removed meanwhile must not look like that.
  const removed = new Set(looked.flatMap(({ Id, details }) => (details === null ? [Id] : [])));
  // Docker gives a container its short id for a host name.
  const own = /^[0-9a-f]{12}$/.test(hostname()) ? all.find(({ Id }) => Id.startsWith(hostname())) : undefined;
  return {
    labelled: looked.flatMap(({ details }) => (details === null ? [] : [factsOf(details)])),
    present: all
      .filter(({ Id }) => !removed.has(Id))
      .map(({ Id, Names }) => ({ id: Id, name: plainName(Names[0] ?? '') })),
    self: own === undefined ? null : { name: plainName(own.Names[0] ?? ''), networks: networksOf(own) },
  };
}

function networksOf({ NetworkSettings }: Docker.ContainerInfo): string[] {
  return Object.keys(NetworkSettings?.Networks ?? {});
}

function factsOf({
  Id,
  Name,
  State,
  Config,
  NetworkSettings,
}: Docker.ContainerInspectInfo): LabelledContainer {
  const variables = (Config.Env ?? []).map((entry) => entry.split(/=(.*)/s));
  const postgres = variables.filter(([name = '']) => name.startsWith('POSTGRES_'));
  const networks = Object.entries(NetworkSettings.Networks ?? {});
  return {
    id: Id,
    name: plainName(Name),
    state: State.Status,
    labels: Config.Labels ?? {},
    postgres: Object.fromEntries(postgres.map(([name = '', value = '']) => [name, value])),
    networks: Object.fromEntries(networks.map(([name, { IPAddress }]) => [name, IPAddress])),
    published: publishedOf(NetworkSettings.Ports ?? {}),
  };
}

function publishedOf(ports: Docker.ContainerInspectInfo['NetworkSettings']['Ports']) {
  const all = Object.entries(ports).flatMap(([port, places]) => {
    const [place] = places ?? [];
    if (place === undefined || !port.endsWith('/tcp')) return [];
    const everywhere = ['', '0.0.0.0', '::'].includes(place.HostIp);
    const host = everywhere ? '127.0.0.1' : place.HostIp;
    return [[port.slice(0, -'/tcp'.length), { host, port: Number(place.HostPort) }] as const];
  });
  return Object.fromEntries(all);
}
