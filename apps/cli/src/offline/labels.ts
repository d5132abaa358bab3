import type { Configuration, DatabaseConfig } from '@sagekeep/contracts';
import { findLabelled } from '@sagekeep/engine';
import { type LabelledRecords, readLabelled, readSecretFile, withLabelled } from '@sagekeep/runtime';

/**
 * The configured databases, and those of labelled containers: as Docker tells of them here, else as workers have put
 * them on record. One that cannot be reached from here says why.
 */
export async function withLabels(
  { databases, docker }: Pick<Configuration, 'databases' | 'docker'>,
  records: LabelledRecords,
): Promise<DatabaseConfig[]> {
  const { host, labels } = docker;
  const answer = host === null || labels === null ? null : await findLabelled(host, labels);
  if (answer?.kind !== 'found') return withLabelled(databases, records);
  const found = readLabelled(answer.labelled, databases, { self: answer.self, readSecret: readSecretFile });
  const here = found.flatMap(({ outcome }) => (outcome.state === 'ready' ? [outcome.config] : []));
  const isElsewhere = (name: string) => !here.some((database) => database.name === name);
  const others = {
    items: records.items.filter(({ name }) => isElsewhere(name)),
    damaged: records.damaged.filter(isElsewhere),
  };
  return [...withLabelled(databases, others), ...here];
}
