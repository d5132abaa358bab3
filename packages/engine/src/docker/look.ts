/** What Docker says about a container. */
export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  /** `running`, `exited`, `paused`, `restarting`, `created`, `removing` or `dead`. */
  readonly state: string;
  /** Null when the image declares no HEALTHCHECK. */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | null;
  /** What the last failing health check said; empty otherwise. */
  readonly healthOutput: string;
  readonly exitCode: number | null;
  /** Whether the kernel killed the container's last run for its memory. */
  readonly oomKilled: boolean;
  /** Restarts by Docker's restart policy since the container was created. */
  readonly restarts: number;
  readonly startedAt: string | null;
  readonly image: string;
  /** `repository@sha256:…` as pulled; null for an image that was never in a registry. */
  readonly digest: string | null;
  readonly mounts: readonly ContainerMount[];
  /** `PGDATA` of its environment; null when it is not set. */
  readonly pgdata: string | null;
  readonly limits: ContainerLimits;
}

export interface ContainerLimits {
  /** Null when the container may take all that its machine has. */
  readonly memoryBytes: number | null;
  /** The size of its /dev/shm. */
  readonly shmBytes: number;
}

export interface ContainerMount {
  readonly kind: string;
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}

/** The answer of a look at a container. `text` says why in words fit for a finding. */
export type ContainerLook =
  | { readonly kind: 'found'; readonly container: ContainerFacts }
  /** Nobody asked for a container, or Docker is not used here. */
  | { readonly kind: 'absent'; readonly text: string }
  | { readonly kind: 'missing'; readonly text: string }
  | { readonly kind: 'ambiguous'; readonly text: string }
  | { readonly kind: 'denied'; readonly text: string }
  | { readonly kind: 'silent'; readonly text: string };
