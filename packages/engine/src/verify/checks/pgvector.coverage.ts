import type { Backup, VerificationMode } from '@sagekeep/contracts';
import { type Asked, askEach, verdict } from '../askEach.ts';
import { type Answer, type Check, skip } from '../check.ts';
import { coverageBefore } from '../coverageBefore.ts';
import { type CoverageThresholds, coverageThresholds, levelOf } from '../coverageThresholds.ts';
import type { Probe } from '../probe.ts';
import type { VectorColumn } from '../vectorColumns.ts';

/** Points of percent that coverage may lose since the newest proven backup: some vectors are always still to come. */
const normalLoss = 2;

interface Coverage {
  readonly name: string;
  /** Percent of rows with a vector; null for an empty table, or one that was never analysed. */
  readonly percent: number | null;
  readonly text: string;
  /** Clearly lower than in the newest proven backup. */
  readonly isLoss?: boolean;
}

export const pgvectorCoverage: Check = {
  id: 'pgvector.coverage',
  title: 'Rows with a vector',
  group: 'pgvector',
  mode: 'quick',
  asks:
    'Which share of the rows has a vector? Quick mode takes it from the planner statistics, full mode counts. ' +
    'Good from the first configured threshold (`expect.coverage`, for single columns `expect.coverageOf`), fair from ' +
    'the second, else poor; and not clearly less than in the newest proven backup.',
  worst: 'fail',
  expected: `good, and no more than ${normalLoss} points below the newest proven backup`,
  advice: 'Compute the missing vectors, and find out why the application did not.',
  async run(probe) {
    const columns = (await probe.vectorColumns()).filter(({ populated }) => populated);
    const thresholds = coverageThresholds(probe.database.expect, columns);
    if (columns.length === 0 && thresholds.faults.length === 0) return skip('no vector column');
    const before = await probe.newestProven();
    const asked = await askEach(probe, columns, async (column) => {
      const now = await (probe.mode === 'full' ? counted(probe, column) : estimated(probe, column));
      return before === null ? now : withLoss(now, column, before);
    });
    return judge(asked, thresholds, probe.mode);
  },
};

function judge(asked: Asked<Coverage>, thresholds: CoverageThresholds, mode: VerificationMode): Answer {
  const levels = asked.answers.map(({ name, percent }) =>
    percent === null ? null : levelOf(percent, thresholds.of(name)),
  );
  const texts = asked.answers.map(({ name, text }, index) => {
    const level = levels[index] ?? 'good';
    return `${name}: ${text}${level === 'good' ? '' : ` (${level})`}`;
  });
  const isKnown = levels.some((level) => level !== null);
  const isMissing = thresholds.faults.length > 0;
  if (!isKnown && !isMissing && asked.unread.length === 0 && asked.broken.length === 0)
    return skip(texts.join('; '), 'ANALYZE the tables, or verify in full mode.');
  const isLow = asked.answers.some(
    ({ isLoss }, index) => isLoss === true || (levels[index] ?? 'good') !== 'good',
  );
  // Statistics are a sample of a day gone by: they are reason to look, not to say that something is broken.
  const isBad = isMissing || (mode === 'full' && levels.includes('poor'));
  return {
    ...verdict(asked, {
      faults: [...thresholds.faults, ...(isLow ? [texts.join('; ')] : [])],
      status: isBad ? 'fail' : 'warn',
      passed: texts.join('; '),
    }),
    ...(isMissing ? { advice: 'Correct expect.coverageOf in the configuration.' } : {}),
    expected: `${thresholds.text}; at most ${normalLoss} points below the newest proven backup`,
    measures: measuresOf(asked.answers),
  };
}

function withLoss(now: Coverage, column: VectorColumn, { manifest }: Backup): Coverage {
  const before = coverageBefore(manifest.inventory, column);
  if (now.percent === null || before === null || before - now.percent <= normalLoss) return now;
  return { ...now, isLoss: true, text: `${now.text}, was ${before.toFixed(1)} % in ${manifest.id}` };
}

/** Percent by column, where it is known. */
function measuresOf(answers: readonly Coverage[]): Record<string, number> {
  return Object.fromEntries(
    answers.flatMap(({ name, percent }) =>
      percent === null ? [] : [[name, Math.round(percent * 100) / 100] as const],
    ),
  );
}

async function counted(probe: Probe, { name, table, column }: VectorColumn): Promise<Coverage> {
  const { rows, filled } = await probe.queryOne<{ rows: string; filled: string }>(
    `select count(*)::text as rows, count(${column})::text as filled from ${table}`,
  );
  if (rows === '0') return { name, percent: null, text: 'no rows' };
  const percent = (Number(filled) / Number(rows)) * 100;
  return { name, percent, text: `${percent.toFixed(1)} % (${filled} of ${rows} rows)` };
}

async function estimated(probe: Probe, { name, oid, column }: VectorColumn): Promise<Coverage> {
  const [row] = await probe.query<{ nulls: number; at: string | null }>(
    `select s.null_frac as nulls, to_char(greatest(u.last_analyze, u.last_autoanalyze) at time zone 'UTC',
                                          'YYYY-MM-DD"T"HH24:MI"Z"') as at
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname and quote_ident(s.attname) = $2
     left join pg_stat_user_tables u on u.relid = c.oid where c.oid = $1::oid order by s.inherited desc limit 1`,
    [oid, column],
  );
  if (row === undefined) return { name, percent: null, text: 'not known: never analysed' };
  const percent = (1 - row.nulls) * 100;
  return {
    name,
    percent,
    text: `about ${percent.toFixed(1)} % (planner statistics of ${row.at ?? 'an unknown time'})`,
  };
}
