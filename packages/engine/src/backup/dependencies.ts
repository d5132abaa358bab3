import type { EngineDependencies } from '../engine.ts';
import type { Tools } from '../tools/index.ts';

/** What a backup is wired with. */
export interface BackupDependencies
  extends Pick<
    EngineDependencies,
    'vault' | 'databases' | 'log' | 'killGraceMs' | 'dockerHost' | 'toolVersion' | 'now'
  > {
  readonly tools: Tools;
}
