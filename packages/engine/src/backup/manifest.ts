import type { Manifest } from '@sagekeep/contracts';
import type { BackupDependencies } from './dependencies.ts';
import type { Written } from './write.ts';
import type { WriteOptions } from './writeOptions.ts';

/** The manifest of what was written. */
export function manifestOf(
  deps: BackupDependencies,
  options: WriteOptions & { startedAt: Date },
  written: Written,
): Manifest {
  const { attempt, config, connection, context, payload, phases, preflight } = options;
  return {
    version: 1,
    id: attempt.id,
    database: config.name,
    dbname: connection.dbname,
    systemIdentifier: written.facts.systemIdentifier,
    reason: payload.reason,
    label: payload.label ?? null,
    startedAt: options.startedAt.toISOString(),
    finishedAt: deps.now().toISOString(),
    snapshotAt: written.snapshot.at.toISOString(),
    snapshot: written.snapshot.name,
    serverVersion: preflight.server.text,
    serverVersionNum: preflight.server.num,
    clientVersion: preflight.choice.tools.version,
    container: preflight.container,
    extensions: written.facts.extensions,
    properties: written.facts.properties,
    roles: [...written.roles],
    files: [...written.files],
    inventory: written.inventory,
    warnings: [...preflight.notes, ...written.warnings],
    databaseBytes: preflight.databaseBytes,
    timings: { ...phases.timings },
    jobId: context.jobId,
    attempt: context.attempt,
    toolVersion: deps.toolVersion,
  };
}
