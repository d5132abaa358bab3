/** What the board calls a job: its name and what it is about, `restore sage ← latest`. */
export function titleOf(name: string, payload: unknown): string {
  const { database, backup, file, into, incident } = (payload ?? {}) as Record<string, unknown>;
  const about = [
    database,
    into !== undefined && `→ ${into}`,
    (backup ?? file) !== undefined && `← ${backup ?? file}`,
  ];
  const words = [...about, incident].filter((word) => typeof word === 'string');
  return [name, ...words].join(' ');
}
