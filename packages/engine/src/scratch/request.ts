import type Docker from 'dockerode';

/** Label of every throw-away container; its value is when even a living job can have no use for it any more. */
export const scratchLabel = 'sagekeep.scratch';
/** Label with the job that made it: the job's next attempt removes what a dead one left. */
export const jobLabel = 'sagekeep.job';

export interface ScratchRequest {
  readonly name: string;
  /** The production container, as Docker describes it. */
  readonly model: Pick<Docker.ContainerInspectInfo, 'Image' | 'Config' | 'HostConfig'>;
  readonly password: string;
  readonly jobId: string;
  readonly until: Date;
}

const copied = /^(LANG|LC_[A-Z]+|TZ|POSTGRES_INITDB_ARGS)=/;
const pidsLimit = 500;

/**
 * What Docker is asked to create: the production container's own image, by its id, with its command (preload libraries
 * and settings), locale, shared memory and memory limit; without its name, network, mounts and secrets. The keys stand
 * in this order because `config/docker-proxy-exec.cfg` accepts nothing else.
 */
export function scratchRequest({ name, model, password, jobId, until }: ScratchRequest) {
  const { Config, HostConfig, Image } = model;
  return {
    name,
    Image,
    Env: [
      'POSTGRES_USER=postgres',
      `POSTGRES_PASSWORD=${password}`,
      ...(Config.Env ?? []).filter((variable) => copied.test(variable)),
    ],
    Cmd: Config.Cmd ?? [],
    Labels: { [scratchLabel]: until.toISOString(), [jobLabel]: jobId },
    HostConfig: {
      NetworkMode: 'none',
      ShmSize: HostConfig.ShmSize ?? 64 * 1024 * 1024,
      Memory: HostConfig.Memory ?? 0,
      PidsLimit: pidsLimit,
    },
  };
}
