import type { DatabaseConfig } from '@sagekeep/contracts';
import type { ContainerEvent } from '@sagekeep/engine';

/** Names of the databases whose container this event is of: by exact name, or by a label written `label=value`. */
export function databasesOf(
  { container, labels }: Pick<ContainerEvent, 'container' | 'labels'>,
  databases: readonly Pick<DatabaseConfig, 'name' | 'container'>[],
): string[] {
  return databases.filter((each) => isOf(each.container)).map(({ name }) => name);

  function isOf(wanted: string | null): boolean {
    if (wanted === null) return false;
    const equals = wanted.indexOf('=');
    if (equals === -1) return wanted === container;
    return labels[wanted.slice(0, equals)] === wanted.slice(equals + 1);
  }
}
