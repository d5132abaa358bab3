import type { AlertConfig, DatabaseConfig, ServerConfig } from '@sagekeep/contracts';
import type { Faults } from './faults.ts';

/** What the shapes cannot see: names that must exist, figures that must fit together. */
export function checkDatabases(
  databases: readonly DatabaseConfig[],
  servers: readonly ServerConfig[],
  faults: Faults,
): void {
  const known = new Set(servers.map((server) => server.name));
  for (const name of known)
    if (name === 'own' || name === 'container')
      faults.add(`servers.${name}`, 'this name has a meaning of its own: choose another one');
  for (const { name, container, run, proof, expect, retention } of databases) {
    const path = `databases.${name}`;
    if (run === 'container' && (container === null || container.includes('=')))
      faults.add(`${path}.run`, 'needs the exact name of a container: set container');
    if (proof.where === 'container' && container === null)
      faults.add(`${path}.proof.where`, 'a throw-away container needs one to be like: set container');
    if (!['own', 'container'].includes(proof.where) && !known.has(proof.where))
      faults.add(`${path}.proof.where`, `there is no server "${proof.where}" under servers`);
    const perColumn = Object.entries(expect.coverageOf ?? {}).map(
      ([column, pair]) => [`coverageOf.${column}`, pair] as const,
    );
    for (const [key, [good, fair]] of [['coverage', expect.coverage] as const, ...perColumn])
      if (good < fair)
        faults.add(`${path}.expect.${key}`, 'the first figure (good) must not be below the second (fair)');
    const keeps = [
      retention.keepDays,
      retention.keepLast,
      retention.keepDaily,
      retention.keepWeekly,
      retention.keepMonthly,
      retention.keepYearly,
    ];
    if (keeps.every((count) => count === 0))
      faults.add(`${path}.retention`, 'keeps nothing: give at least one keep rule above zero');
  }
}

/** A check that only a proof makes green must be able to become green for every database. */
export function checkProvenOnly(
  databases: readonly DatabaseConfig[],
  { channels }: AlertConfig,
  faults: Faults,
): void {
  const unproven = databases.filter(({ proof }) => proof.when === 'never').map(({ name }) => name);
  if (unproven.length === 0) return;
  for (const channel of channels)
    if (channel.kind === 'healthchecks' && channel.provenOnly)
      faults.add(
        `alerts.channels.${channel.name}.provenOnly`,
        `would wait for ever: no backup of ${unproven.join(', ')} is proven by itself (proof.when: never)`,
      );
}
