import {
  type DatabaseConfig,
  DatabaseName,
  defaultScrubWithinMs,
  type Format,
  type ServerConfig,
} from '@sagekeep/contracts';
import type { DatabaseShape, FileShape } from './shape.ts';
import { fileValue, type Sources, urlVariable, variable } from './sources.ts';

const hour = 3_600_000;

/** `urls`: must reach databases. `names`: must not, and their URLs are not read. `optional`: whatever is there. */
export type DatabaseNeed = 'urls' | 'names' | 'optional';

/** Every database that is configured: those of the file, and the one that `DATABASE_URL` names. */
export function readDatabases(sources: Sources, file: FileShape, need: DatabaseNeed): DatabaseConfig[] {
  const declared = Object.entries(file.databases ?? {}).map(([name, shape]) =>
    databaseOf(name, shape, secretUrl(sources, shape, { path: `databases.${name}`, need })),
  );
  const alone = declared.length === 0 ? fromEnvironment(sources, need) : null;
  return alone === null ? declared : [alone];
}

/** Other servers to prove or restore on. */
export function readServers(sources: Sources, file: FileShape, need: DatabaseNeed): ServerConfig[] {
  return Object.entries(file.servers ?? {}).map(([name, shape]) => ({
    name,
    url: secretUrl(sources, shape, { path: `servers.${name}`, need }),
  }));
}

function fromEnvironment(sources: Sources, need: DatabaseNeed): DatabaseConfig | null {
  const given = variable(sources, 'SAGEKEEP_DATABASE');
  if (given !== null && !DatabaseName.safeParse(given).success) {
    sources.faults.add('SAGEKEEP_DATABASE', `"${given}" must be 1–41 of a-z 0-9 _ - and start with a-z 0-9`);
    return null;
  }
  const url = need === 'names' && given !== null ? null : urlVariable(sources, 'DATABASE_URL');
  if (url === null) return need === 'names' && given !== null ? databaseOf(given, {}, null) : null;
  const checked = checkedUrl(sources, url, 'DATABASE_URL');
  if (checked === null) return null;
  return databaseOf(given ?? nameFrom(checked), {}, need === 'names' ? null : checked);
}

/** A database's name made from the dbname of its URL. */
export function nameFrom(url: string): string {
  const { pathname, username } = new URL(url);
  const dbname = decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username) || 'postgres';
  return fitName(dbname);
}

/** A text made to fit a database's name: lower case, what does not fit becomes `-`. */
export function fitName(text: string): string {
  const fit = text
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 41);
  return fit === '' ? 'database' : fit;
}

function secretUrl(
  sources: Sources,
  shape: { url?: string | undefined; url_file?: string | undefined },
  about: { path: string; need: DatabaseNeed },
): string | null {
  if (shape.url !== undefined) sources.secrets.addUrl(shape.url);
  if (shape.url !== undefined && shape.url_file !== undefined)
    sources.faults.add(`${about.path}.url`, 'give url or url_file, not both');
  if (about.need === 'names') return null;
  const path = shape.url === undefined ? `${about.path}.url_file` : `${about.path}.url`;
  const url = shape.url ?? (shape.url_file === undefined ? null : fileValue(sources, shape.url_file, path));
  if (shape.url === undefined && shape.url_file === undefined && about.need === 'urls')
    sources.faults.add(about.path, 'give url or url_file');
  if (url === null) return null;
  sources.secrets.addUrl(url);
  return checkedUrl(sources, url, path);
}

function checkedUrl(sources: Sources, url: string, path: string): string | null {
  if (isDatabaseUrl(url)) return url;
  sources.faults.add(path, 'is not a URL like postgresql://user:password@host:5432/dbname');
  return null;
}

export function isDatabaseUrl(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  return parsed !== null && /^postgres(ql)?:$/.test(parsed.protocol) && decodes(parsed);
}

function decodes(url: URL): boolean {
  try {
    decodeURIComponent(`${url.pathname}${url.username}${url.password}`);
    return true;
  } catch {
    return false;
  }
}

/** A database with the default of everything that its shape does not say. */
export function databaseOf(name: string, shape: DatabaseShape, url: string | null): DatabaseConfig {
  const formats: readonly Format[] = shape.formats ?? ['custom', 'sql'];
  const retention = shape.retention ?? {};
  return {
    name,
    url,
    container: shape.container ?? null,
    ...(shape.run === undefined ? {} : { run: shape.run }),
    formats,
    rpoMs: shape.rpo ?? 26 * hour,
    rtoMs: shape.rto ?? hour,
    proof: {
      when: shape.proof?.when ?? 'every-backup',
      where: shape.proof?.where ?? 'own',
      vectorIndexes: shape.proof?.vectorIndexes ?? false,
      scrubWithinMs: shape.proof?.scrubWithin ?? defaultScrubWithinMs,
    },
    retention: {
      keepDays: retention.keepDays ?? 7,
      keepLast: retention.keepLast ?? 3,
      keepDaily: retention.keepDaily ?? 0,
      keepWeekly: retention.keepWeekly ?? 0,
      keepMonthly: retention.keepMonthly ?? 0,
      keepYearly: retention.keepYearly ?? 0,
      safetyDays: retention.safetyDays ?? 7,
      maxBytes: retention.maxBytes ?? null,
      maxDeleteShare: retention.maxDeleteShare ?? 0.5,
    },
    expect: {
      schema: shape.expect?.schema ?? null,
      references: shape.expect?.references ?? [],
      coverage: shape.expect?.coverage ?? [90, 70],
      ...(shape.expect?.coverageOf === undefined ? {} : { coverageOf: shape.expect.coverageOf }),
      ...(shape.expect?.recall === undefined ? {} : { recall: shape.expect.recall }),
      ...(shape.expect?.checks === undefined ? {} : { checks: shape.expect.checks }),
    },
    keepBeforeMs: shape.keepBefore ?? 24 * hour,
    restoreMemoryBytes: shape.restoreMemory ?? null,
  };
}
