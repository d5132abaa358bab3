import { once } from 'node:events';
import { type Difference, type JobContext, type Manifest, SagekeepError } from '@sagekeep/contracts';
import { feed } from '../../inventory/feed.ts';
import { compareInventories } from '../../inventory/index.ts';
import type { Connection } from '../../server/index.ts';
import {
  type ClientTools,
  contentSettings,
  type RunningTool,
  startTool,
  together,
} from '../../tools/index.ts';
import { createTrailerWatch, cutOff, openDump } from '../decode.ts';
import { loadSettings } from '../loadSettings.ts';
import type { BuildMemory } from '../memory.ts';
import type { Dump } from '../source.ts';
import { type Answers, createAnswers } from './answers.ts';
import { emptyDatabaseSql } from './emptyDatabase.ts';
import { inOneTransaction } from './oneTransaction.ts';

export interface ReplaceOptions {
  readonly connection: Connection;
  readonly dump: Dump;
  readonly manifest: Manifest;
  readonly tools: ClientTools;
  readonly serverMajor: number;
  readonly memory: BuildMemory;
  readonly applicationName: string;
  readonly context: JobContext;
  readonly killGraceMs: number;
  /** Told the transaction's id before it changes anything: a dump may end it, and the server says later how it ended. */
  readonly onBegun: (xid: string) => Promise<void>;
  /** Told the same when all is loaded and proven, before it commits. */
  readonly onProven: (xid: string) => Promise<void>;
}

const tailBytes = 8 * 1024;

/** As pg_dump sets them for its own session, so that equal rows have equal text. */
const dumpSettings = {
  DateStyle: 'ISO',
  IntervalStyle: 'POSTGRES',
  extra_float_digits: '3',
  row_security: 'off',
};

/** When the dump itself ends the one transaction, nothing of what comes after may go live. */
const onlyOneTransaction = { default_transaction_read_only: 'on' };
const opening = 'begin read write;\n';

/** Waits for locks that long; then all is rolled back and the job comes again. */
const lockTimeout = { lock_timeout: '60s', client_min_messages: 'warning' };

/** The SQL of the dump. `--single-transaction` keeps pg_restore from putting transactions of its own around objects. */
async function sqlSource(
  options: ReplaceOptions,
  signal: AbortSignal,
): Promise<{ sql: AsyncIterable<Buffer>; done: Promise<void> }> {
  const { dump, tools, killGraceMs } = options;
  if (dump.format === 'sql') {
    const sql = inOneTransaction(openDump(dump) as AsyncIterable<Buffer>);
    return { sql, done: Promise.resolve() };
  }
  const args = ['--single-transaction', '--file=-', dump.path];
  const tool = await startTool({ file: tools.pgRestore, args, killGraceMs, signal });
  tool.stdin.end();
  return { sql: tool.stdout as AsyncIterable<Buffer>, done: tool.done };
}

/** The commit is ours to send, after the proof. */
function withoutCommit(tail: string): string {
  return tail.replace(/\nCOMMIT;\n(?=\s*--\n-- PostgreSQL database dump complete)/, '\n');
}

async function sendDump(psql: RunningTool, options: ReplaceOptions, signal: AbortSignal): Promise<void> {
  const source = await sqlSource(options, signal);
  const watch = createTrailerWatch();
  let held: Buffer = Buffer.alloc(0);
  await feed(psql.stdin, Buffer.from(`\\o /dev/null\n${emptyDatabaseSql(options.serverMajor)}`));
  for await (const chunk of source.sql) {
    signal.throwIfAborted();
    watch.see(chunk);
    held = Buffer.concat([held, chunk]);
    if (held.length <= tailBytes) continue;
    await feed(psql.stdin, held.subarray(0, held.length - tailBytes));
    held = held.subarray(held.length - tailBytes);
  }
  await source.done;
  if (!watch.complete()) throw cutOff(options.dump.name);
  await feed(psql.stdin, Buffer.from(withoutCommit(held.toString('latin1')), 'latin1'));
}

function mismatch(differences: readonly Difference[]): SagekeepError {
  const first = differences[0];
  return new SagekeepError(
    'INVENTORY_MISMATCH',
    `What was loaded is not what the backup recorded: ${differences.length} differences, first ${first?.kind} of ${first?.name}. All was rolled back.`,
    {
      advice:
        'The live database has not changed. Prove this backup ("sagekeep prove") and restore another one.',
      facts: { differences: differences.slice(0, 20) },
    },
  );
}

function endsTransaction({ name }: Dump): SagekeepError {
  return new SagekeepError('RESTORE_REFUSED', `${name} ends the transaction that it is restored in.`, {
    advice: 'Prove this backup ("sagekeep prove") and restore another one.',
  });
}

interface Asked {
  readonly psql: RunningTool;
  readonly answers: Answers;
  /** Rejects when psql ends before it has answered; its exit code says why. */
  readonly early: Promise<never>;
}

function listen(psql: RunningTool, { manifest }: ReplaceOptions): Asked {
  const answers = createAnswers(manifest.inventory);
  psql.stdout.on('data', (chunk: Buffer) => answers.write(chunk));
  const early = once(psql.stdout, 'end').then(() => {
    throw new Error('psql ended before it had answered');
  });
  early.catch(() => undefined);
  return { psql, answers, early };
}

async function begin({ psql, answers, early }: Asked): Promise<string> {
  await feed(psql.stdin, Buffer.from(opening + answers.opening));
  return await Promise.race([answers.began, early]);
}

/** Asks the session itself what it holds, before anybody else can see or change it. */
async function proveInside({ psql, answers, early }: Asked, options: ReplaceOptions, began: string) {
  const expected = options.manifest.inventory;
  await feed(psql.stdin, Buffer.from(`\\o\n${answers.sql}`));
  await Promise.race([answers.complete, early]);
  const { xid, inventory } = answers.result();
  if (xid !== began) throw endsTransaction(options.dump);
  const differences = compareInventories(
    { ...expected, entries: [] },
    { ...inventory, entries: [] },
    { sameMajor: true },
  );
  if (differences.length > 0) throw mismatch(differences);
}

/**
 * Replaces the content of a live database in one transaction: drops everything, loads the dump, proves every row inside
 * the transaction, and only then commits. Whatever fails or dies before that leaves the database as it was,
 * unless the dump itself ends the transaction: by its id, told when it began, the server says later what it came to.
 */
export async function replaceContent(options: ReplaceOptions): Promise<void> {
  await together(options.context.signal, (signal) => {
    const settings = loadSettings({
      jobs: 1,
      ...options.memory,
      serverMajor: options.serverMajor,
    });
    const psql = startTool({
      file: options.tools.psql,
      args: ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--file=-'],
      connection: options.connection,
      applicationName: options.applicationName,
      settings: {
        ...settings,
        ...contentSettings,
        ...dumpSettings,
        ...onlyOneTransaction,
        ...lockTimeout,
        synchronous_commit: 'on',
      },
      signal,
      killGraceMs: options.killGraceMs,
      onLine: (line) => options.context.log(line),
    });
    const script = psql.then(async (tool) => {
      try {
        const asked = listen(tool, options);
        const xid = await begin(asked);
        await options.onBegun(xid);
        await sendDump(tool, options, signal);
        await proveInside(asked, options, xid);
        await options.onProven(xid);
        signal.throwIfAborted();
        tool.stdin.end('commit;\n');
      } catch (error) {
        // Without a commit the end of the input is the end of the transaction.
        tool.stdin.end();
        throw error;
      }
    });
    return [psql.then((tool) => tool.done), script];
  });
}
