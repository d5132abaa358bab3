import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Faults } from './faults.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import { parseDuration } from './units.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where values come from: the environment, files that it names, and what is remembered of both. */
export interface Sources {
  readonly environment: Environment;
  readonly cwd: string;
  readonly faults: Faults;
  readonly secrets: Secrets;
}

export function createSources(options: Pick<Sources, 'environment' | 'cwd' | 'faults'>): Sources {
  return { ...options, secrets: createSecrets() };
}

/** An environment variable; an empty one counts as absent. */
export function variable(sources: Sources, name: string): string | null {
  const value = sources.environment[name];
  return value === undefined || value === '' ? null : value;
}

/** The first line's worth of a file that holds a secret; a fault when it cannot be read or is empty. */
export function fileValue(sources: Sources, file: string, path: string): string | null {
  try {
    const text = readFileSync(resolve(sources.cwd, file), 'utf8').replace(/\r?\n$/, '');
    if (text !== '') return text;
    sources.faults.add(path, `the file ${file} is empty`);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    sources.faults.add(path, `the file ${file} cannot be read (${reason})`);
  }
  return null;
}

/** `NAME`, or the content of the file that `NAME_FILE` names; both at once is a fault. */
export function variableOrFile(sources: Sources, name: string): string | null {
  const direct = variable(sources, name);
  const file = variable(sources, `${name}_FILE`);
  if (direct !== null && file !== null) sources.faults.add(name, `give ${name} or ${name}_FILE, not both`);
  return direct ?? (file === null ? null : fileValue(sources, file, `${name}_FILE`));
}

export function secretVariable(sources: Sources, name: string): string | null {
  const value = variableOrFile(sources, name);
  if (value !== null) sources.secrets.add(value);
  return value;
}

export function urlVariable(sources: Sources, name: string): string | null {
  const value = variableOrFile(sources, name);
  if (value !== null) sources.secrets.addUrl(value);
  return value;
}

/** A duration from the environment in ms; null when absent. */
export function durationVariable(sources: Sources, name: string): number | null {
  const text = variable(sources, name);
  if (text === null) return null;
  const ms = parseDuration(text);
  if (ms === null) sources.faults.add(name, `"${text}" is not a duration like 30s or 500ms`);
  return ms;
}

/** A number from the environment within bounds; null when absent. */
export function numberVariable(
  sources: Sources,
  name: string,
  range: readonly [number, number],
): number | null {
  const text = variable(sources, name);
  if (text === null) return null;
  const value = Number(text);
  if (Number.isFinite(value) && value >= range[0] && value <= range[1]) return value;
  sources.faults.add(name, `"${text}" is not a number from ${range[0]} to ${range[1]}`);
  return null;
}
