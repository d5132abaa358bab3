/** Something that text is written to: stdout or stderr, or a buffer in tests. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Everything that the command line takes from its process, so that a test can hand in its own. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The checkout or image that this runs from: configuration, `backups/` and `data/` are found below it. */
  readonly root: string;
  /** Where the user stands: paths that they type are relative to it. */
  readonly cwd: string;
  readonly user: string;
  /** IANA name of the zone that times are shown in. */
  readonly timeZone: string;
  /** Answers for people, or one JSON document with `--json`. */
  readonly out: Output;
  /** Progress, notes and errors. */
  readonly err: Output;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  readonly now: () => Date;
}

/** Whether somebody sits there who can be asked. */
export function isInteractive(world: World): boolean {
  return world.input.isTTY === true && world.err.isTTY === true;
}
