/** What a database should hold, from a schema file or from the newest proven backup. Names as PostgreSQL has them. */
export interface Expected {
  /** Where this was learned, for people. */
  readonly source: string;
  /** `file` says what must be there; `backup` says what was there at the time. */
  readonly from: 'file' | 'backup';
  readonly tables: readonly ExpectedTable[];
  readonly indexes: readonly ExpectedIndex[];
  readonly constraints: readonly ExpectedConstraint[];
  readonly triggers: readonly { readonly table: string; readonly name: string }[];
  readonly extensions: readonly string[];
  /** Absent when the source does not tell. */
  readonly grants?: readonly ExpectedGrant[];
}

export interface ExpectedTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly ExpectedColumn[];
}

export interface ExpectedColumn {
  readonly name: string;
  /** In normal form, see `normalType`; null when the source does not tell. */
  readonly type: string | null;
  readonly notNull: boolean | null;
}

export interface ExpectedIndex {
  readonly schema: string;
  readonly name: string;
  /** `btree`, `hnsw` …; null when the source does not tell. */
  readonly method: string | null;
  /** Operator classes that are written out, e.g. `vector_cosine_ops`. */
  readonly operatorClasses: readonly string[];
  /** Names of the key columns, null for an expression; null for all when the source does not tell. */
  readonly keys: readonly (string | null)[] | null;
  readonly unique: boolean | null;
  /** Whether it has a condition. */
  readonly partial: boolean | null;
}

export interface ExpectedConstraint {
  readonly schema: string;
  readonly table: string;
  /** Null for one whose name PostgreSQL made up. */
  readonly name: string | null;
  /** Of a key, unique or foreign key; null when the source does not tell. */
  readonly columns: readonly string[] | null;
  readonly kind: 'primary key' | 'unique' | 'foreign key' | 'check' | 'unknown';
}

/** One privilege on one object for one role. */
export interface ExpectedGrant {
  /** `table` is any relation that privileges of tables go for. */
  readonly kind: 'table' | 'sequence' | 'schema' | 'database';
  /** Null for what lies in no schema. */
  readonly schema: string | null;
  readonly name: string;
  /** In lower case: `select`, `usage` … */
  readonly privilege: string;
  /** `public` is everybody. */
  readonly role: string;
}
