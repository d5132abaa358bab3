import pg from 'pg';

/** Counts that a person would look at. */
export interface Counts {
  readonly memories: number;
  readonly sessions: number;
}

export async function count(url: string): Promise<Counts> {
  return connected(url, async (client) => {
    const { rows } = await client.query<{ memories: number; sessions: number }>(
      'SELECT (SELECT count(*)::int FROM memories) AS memories, (SELECT count(*)::int FROM sessions) AS sessions',
    );
    return rows[0] ?? { memories: 0, sessions: 0 };
  });
}

/** What somebody does on a bad day: half the memories deleted, the rest overwritten. Only ever done to the sample. */
export async function damage(url: string): Promise<void> {
  await connected(url, async (client) => {
    await client.query('BEGIN');
    await client.query(
      'DELETE FROM memories WHERE id IN (SELECT id FROM memories ORDER BY id LIMIT (SELECT count(*) / 2 FROM memories))',
    );
    await client.query("UPDATE memories SET assistant_response = 'oops'");
    await client.query('COMMIT');
  });
}

async function connected<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'sagekeep-demo' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
