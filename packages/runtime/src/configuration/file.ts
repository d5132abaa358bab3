import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { FileShape } from './shape.ts';
import { type Sources, variable } from './sources.ts';

const defaultFile = 'config/sagekeep.yaml';

/** The configuration file, checked; an empty one when there is none. `name` is for messages. */
export function readConfigurationFile(sources: Sources): { file: FileShape; name: string } {
  const asked = variable(sources, 'SAGEKEEP_CONFIG');
  const name = asked ?? defaultFile;
  const path = resolve(sources.cwd, name);
  if (!existsSync(path)) {
    if (asked !== null) sources.faults.add('SAGEKEEP_CONFIG', `there is no file ${asked}`);
    return { file: {}, name: asked ?? 'environment' };
  }
  return { file: checked(sources, parsed(sources, path, name)), name };
}

function parsed(sources: Sources, path: string, name: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    sources.faults.add(name, `cannot be read (${reason})`);
    return {};
  }
  // Every alias costs memory again; a configuration needs few.
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  for (const error of document.errors) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    sources.faults.add(`${name}:${line}`, error.message);
  }
  return document.errors.length > 0 ? {} : expanded(sources, document.toJS({ maxAliasCount: 100 }) ?? {}, []);
}

/**
 * Replaces `${NAME}` in every text by the environment's value, `${NAME:-text}` by the text where that is not set or empty;
 * `$${` stands for a plain `${`.
 */
function expanded(sources: Sources, value: unknown, path: readonly string[]): unknown {
  if (typeof value === 'string') return expandedText(sources, value, path);
  if (Array.isArray(value)) return value.map((item, index) => expanded(sources, item, [...path, `${index}`]));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, expanded(sources, item, [...path, key])]),
  );
}

function expandedText(sources: Sources, text: string, path: readonly string[]): string {
  const named = /\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;
  return text.replace(named, (_whole, escaped, name: string, otherwise: string | undefined) => {
    if (escaped !== undefined) return '${';
    const value = variable(sources, name) ?? otherwise ?? null;
    if (value === null) sources.faults.add(path.join('.'), `the environment variable ${name} is not set`);
    return value ?? '';
  });
}

function checked(sources: Sources, value: unknown): FileShape {
  const result = FileShape.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) tellIssue(sources, issue);
  return soundParts(value);
}

/** The sections that are right by themselves: what else is wrong in them is told in the same go. */
function soundParts(value: unknown): FileShape {
  if (value === null || typeof value !== 'object') return {};
  const sound = Object.entries(value).filter(([key, part]) => FileShape.safeParse({ [key]: part }).success);
  return FileShape.parse(Object.fromEntries(sound));
}

function tellIssue(sources: Sources, issue: z.core.$ZodIssue): void {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) sources.faults.add([...path, key].join('.'), 'is not known here');
    return;
  }
  if (issue.code === 'invalid_key' && issue.issues[0] !== undefined) {
    sources.faults.add(path.join('.'), issue.issues[0].message);
    return;
  }
  sources.faults.add(path.join('.') || 'configuration', issue.message);
}
