import { loadConfiguration } from '@sagekeep/runtime';
import pg from 'pg';
import type { Checkout } from '../checkout.ts';
import type { Environment } from './given.ts';

export interface Asking {
  readonly checkout: Checkout;
  readonly environment: Environment;
  readonly say: (line: string) => void;
}

/** The PostgreSQL majors of the servers that the user named. One that does not tell within seconds is said, and left out. */
export async function majorsOfGiven({ checkout, environment, say }: Asking): Promise<number[]> {
  const { databases } = loadConfiguration({ environment, cwd: checkout.root });
  const reachable = databases.flatMap(({ name, url, run }) =>
    url === null || run === 'container' ? [] : [{ name, url }],
  );
  const majors = await Promise.all(
    reachable.map(async ({ name, url }) => {
      try {
        return await askMajor(url);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        say(`The server of ${name} does not tell its version (${why}): its client tools are not looked for.`);
        return null;
      }
    }),
  );
  return [...new Set(majors.filter((major) => major !== null))];
}

const limitMs = 5_000;

async function askMajor(url: string): Promise<number> {
  const client = new pg.Client({
    ...{ connectionString: url, application_name: 'sagekeep-start' },
    ...{ connectionTimeoutMillis: limitMs, query_timeout: limitMs },
  });
  // A connection that breaks while nothing is asked must not end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ num: string }>(
      `SELECT current_setting('server_version_num') AS num`,
    );
    return Math.floor(Number(rows[0]?.num) / 10_000);
  } finally {
    await client.end().catch(() => undefined);
  }
}
