/** One entry of a custom archive's table of contents, as pg_dump wrote it. */
export interface TocEntry {
  readonly dumpId: number;
  /** Whether data follows in the archive. */
  readonly hasData: boolean;
  /** pg_dump's `desc`: `TABLE`, `TABLE DATA`, `FK CONSTRAINT` … */
  readonly type: string;
  readonly tag: string;
  readonly namespace: string | null;
  readonly owner: string | null;
  readonly definition: string | null;
  readonly copyStatement: string | null;
  /** Dump ids that this entry needs. */
  readonly dependencies: readonly number[];
}

export interface Toc {
  /** E.g. `1.14`. */
  readonly archiveVersion: string;
  readonly dbname: string;
  readonly serverVersion: string;
  readonly dumpVersion: string;
  /** How the texts below were decoded; encoding them so gives the archive's bytes again. */
  readonly encoding: 'utf8' | 'latin1';
  readonly entries: readonly TocEntry[];
}
