import pg from 'pg';
import { waitFor } from '../../support/events.ts';

export interface Seen {
  readonly acknowledged: number;
  /** The longest time that any client was without an answer, ms. */
  readonly worstGapMs: number;
  /** Answers that the question's `check` refused. */
  readonly wrong: number;
  /** SQLSTATE or Node's code, and how often. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface Clients {
  /** Resolves when every client has had an answer since the call. */
  allAnswered(): Promise<void>;
  /** The longest gap is counted from now on. */
  resetGaps(): void;
  stop(): Promise<Seen>;
}

interface Client {
  answers: number;
  last: number;
  worst: number;
  connection: pg.Client | null;
}

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== undefined) return code;
  return /connection|closed|terminated/i.test(message ?? '') ? 'closed' : String(message);
}

interface Question {
  readonly count: number;
  readonly statement: string;
  /** False for an answer that no complete database could give. */
  readonly check?: (rows: Record<string, unknown>[]) => boolean;
}

async function ask(client: Client, url: string, { statement, check }: Question): Promise<boolean> {
  if (client.connection === null) {
    const connection = new pg.Client({ connectionString: url, application_name: 'writer' });
    connection.on('error', () => undefined);
    client.connection = connection;
    await connection.connect();
  }
  const { rows } = await client.connection.query(statement);
  const now = performance.now();
  client.worst = Math.max(client.worst, now - client.last);
  client.last = now;
  client.answers += 1;
  return check?.(rows) ?? true;
}

/** Clients that write without a pause and reconnect whenever they lose their connection. */
export async function startClients(url: string, options: Question): Promise<Clients> {
  const errors: Record<string, number> = {};
  let stopping = false;
  let wrong = 0;
  const clients: Client[] = Array.from({ length: options.count }, () => ({
    answers: 0,
    last: performance.now(),
    worst: 0,
    connection: null,
  }));
  const run = async (client: Client) => {
    while (!stopping) {
      try {
        if (!(await ask(client, url, options))) wrong += 1;
      } catch (error) {
        const code = codeOf(error);
        errors[code] = (errors[code] ?? 0) + 1;
        void client.connection?.end().catch(() => undefined);
        client.connection = null;
      }
    }
    await client.connection?.end().catch(() => undefined);
  };
  const running = clients.map(run);
  const allAnswered = async () => {
    const before = clients.map((client) => client.answers);
    await waitFor(() => clients.every((client, at) => client.answers > (before[at] ?? 0)), {
      what: 'every client to be answered',
    });
  };
  await allAnswered();
  const resetGaps = () => {
    for (const client of clients) client.worst = 0;
  };
  resetGaps();
  return {
    allAnswered,
    resetGaps,
    async stop() {
      stopping = true;
      await Promise.all(running);
      return {
        acknowledged: clients.reduce((sum, client) => sum + client.answers, 0),
        worstGapMs: Math.max(...clients.map((client) => client.worst)),
        errors,
        wrong,
      };
    },
  };
}
