import { basename } from 'node:path';
import { SagekeepError } from '@sagekeep/contracts';
import { damaged, hopeless, type Pattern, patterns } from './toolWords.ts';

/** pg_dump only reads: unless it is hopeless, what stopped it may pass. What loads fails at the same statement again. */
function mayPass({ exitCode, signal, words }: ToolExit, name: string): boolean {
  if (signal !== undefined) return true;
  return name.startsWith('pg_dump') && exitCode !== 0 && !hopeless.test(words);
}

const passing = 'Look into the log of the server for what stopped it; the job can be run again.';

/** Removes a password, also percent-encoded, the credentials of any URL and our password file from a tool's words. */
export function scrub(text: string, secret: string | null): string {
  let clean = text
    .replace(/\n?password retrieved from file ".*"/g, '')
    .replace(/(postgres(?:ql)?:\/\/)[^@\s/]*@/g, '$1***@');
  for (const form of secret === null || secret === '' ? [] : [secret, encodeURIComponent(secret)]) {
    clean = clean.replaceAll(form, '***');
  }
  return clean;
}

export interface ToolExit {
  readonly file: string;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The end of its stderr, without secrets. */
  readonly words: string;
  readonly cause?: unknown;
}

function lastLines(words: string): string {
  const text = words.trim();
  return text.length <= 2000 ? text : `…${text.slice(-2000)}`;
}

const missing: Omit<Pattern, 'words'> = {
  code: 'TOOLS_MISSING',
  retryable: false,
  advice: 'Reinstall the client tools: sagekeep doctor says how.',
};

/** 126 and 127 are what whoever starts a program for us (setpriv, a shell) ends with when that cannot be run. */
function isMissing({ exitCode, signal }: ToolExit): boolean {
  return signal === undefined && (exitCode === undefined || exitCode === 126 || exitCode === 127);
}

/** What a tool's failure means, in its own words. One that was ended by a signal may succeed when it is run again. */
export function toolError(exit: ToolExit): SagekeepError {
  const name = basename(exit.file);
  const how =
    exit.signal !== undefined
      ? `was ended by ${exit.signal}`
      : exit.exitCode === undefined
        ? 'could not be started'
        : `ended with exit code ${exit.exitCode}`;
  const said = exit.words.trim() === '' ? 'It said nothing.' : `It said: ${lastLines(exit.words)}`;
  const known = name.startsWith('pg_dump') ? [damaged, ...patterns] : patterns;
  const pattern =
    known.find(({ words }) => words.test(exit.words)) ?? (isMissing(exit) ? missing : undefined);
  const retryable = pattern?.retryable ?? mayPass(exit, name);
  const advice = pattern?.advice ?? (retryable ? passing : undefined);
  return new SagekeepError(pattern?.code ?? 'TOOL_FAILED', `${name} ${how}. ${said}`, {
    retryable,
    ...(advice === undefined ? {} : { advice }),
    facts: { tool: name, exitCode: exit.exitCode ?? null, signal: exit.signal ?? null },
    ...(exit.cause === undefined ? {} : { cause: exit.cause }),
  });
}
