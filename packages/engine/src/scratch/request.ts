import type Docker from 'dockerode';
import { scratchCommand } from './command.ts';

/** Label of every throw-away container; its value is when even a living job can have no use for it any more. */
export const scratchLabel = 'sagekeep.scratch';
/** Label with the job that made it: the job's next attempt removes what a dead one left. */
export const jobLabel = 'sagekeep.job';
/** Label with the id of the production container: another installation on the same engine has jobs of the same id. */
export const modelLabel = 'sagekeep.model';

export interface ScratchRequest {
  readonly name: string;
  /** The production container, as Docker describes it. */
  readonly model: Pick<Docker.ContainerInspectInfo, 'Id' | 'Image' | 'Config' | 'HostConfig'>;
  /** Whom the image itself runs as; empty for root. */
  readonly imageUser: string;
  /** `shared_preload_libraries` of the production server; null where it is not known. */
  readonly preload: string | null;
  readonly password: string;
  readonly jobId: string;
  readonly until: Date;
}

const copied = /^(LANG|LC_[A-Z]+|TZ|POSTGRES_INITDB_ARGS)=/;
const pidsLimit = 500;

/** Nobody runs as root in there: official images have this user, and start as root only to become it. */
function userOf(imageUser: string): string {
  return /^(root|0+|)(:|$)/.test(imageUser) ? 'postgres' : imageUser;
}

/**
 * What Docker is asked to create: the production container's own image, by its id, with the settings of its command that a
 * restore depends on and preload libraries, locale, shared memory and memory limit; without its name, network, mounts and
 * secrets. The keys stand in this order because `config/docker-proxy-exec.cfg` accepts nothing else.
 */
export function scratchRequest({ name, model, imageUser, preload, password, jobId, until }: ScratchRequest) {
  const { Config, HostConfig, Id, Image } = model;
  return {
    name,
    Image,
    User: userOf(imageUser),
    Env: [
      'POSTGRES_USER=postgres',
      `POSTGRES_PASSWORD=${password}`,
      ...(Config.Env ?? []).filter((variable) => copied.test(variable)),
    ],
    Cmd: [...scratchCommand(Config.Cmd ?? [], preload).command],
    Labels: { [scratchLabel]: until.toISOString(), [jobLabel]: jobId, [modelLabel]: Id },
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ShmSize: HostConfig.ShmSize ?? 64 * 1024 * 1024,
      Memory: HostConfig.Memory ?? 0,
      PidsLimit: pidsLimit,
    },
  };
}
