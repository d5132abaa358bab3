export interface LoadMemory {
  /** How many sessions load at once. */
  readonly jobs: number;
  /** For all index builds together, bytes. */
  readonly memoryBytes: number;
  readonly serverMajor: number;
  /** Whether one index may be built by several processes. */
  readonly parallel: boolean;
  /** Settings by which the content of the dump is to be read. */
  readonly reading?: Readonly<Record<string, string>>;
}

/**
 * Settings of the loading sessions. Memory is divided by the jobs, for that many indexes are built at once. Commits need
 * not reach the disk one by one: the swap's own commit is the one that counts, and it flushes all before it.
 */
export function loadSettings(options: LoadMemory): Record<string, string> {
  const { jobs, memoryBytes, serverMajor, parallel, reading = {} } = options;
  const kilobytes = Math.max(1024, Math.floor(memoryBytes / jobs / 1024));
  return {
    ...reading,
    maintenance_work_mem: `${Math.min(kilobytes, 2_097_151)}kB`,
    ...(parallel ? {} : { max_parallel_maintenance_workers: '0' }),
    synchronous_commit: 'off',
    statement_timeout: '0',
    lock_timeout: '0',
    idle_in_transaction_session_timeout: '0',
    default_transaction_read_only: 'off',
    // A killed client's backend must not build on for hours; one that has nothing to do meanwhile must stay.
    ...(serverMajor >= 14 ? { client_connection_check_interval: '1s', idle_session_timeout: '0' } : {}),
    ...(serverMajor >= 17 ? { transaction_timeout: '0' } : {}),
  };
}
