/** What Docker says of a container that is labelled to be protected. `postgres` holds a password: it is never kept or shown. */
export interface LabelledContainer {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The `POSTGRES_…` variables of its environment. */
  readonly postgres: Readonly<Record<string, string>>;
  /** Name of each of its networks and its address there; empty when it has none. */
  readonly networks: Readonly<Record<string, string>>;
  /** Port inside to where it is published. */
  readonly published: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
}

/** All that Docker says at one moment about containers to protect. */
export interface LabelledLook {
  readonly labelled: readonly LabelledContainer[];
  /** Every container, labelled or not. */
  readonly present: readonly { readonly id: string; readonly name: string }[];
  /** The container that this process runs in; null outside of containers. */
  readonly self: { readonly name: string; readonly networks: readonly string[] } | null;
}
