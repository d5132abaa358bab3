import { clientToolsAdvice, type Manifest, SagekeepError } from '@sagekeep/contracts';
import { type ClientTools, mayLoad, settingMore, thisSystem } from '../tools/index.ts';
import type { Dump } from './source.ts';

/** A dump on its way into a server. */
export interface Loading {
  readonly format: Dump['format'];
  readonly manifest: Pick<Manifest, 'clientVersion'>;
  readonly tools: Pick<ClientTools, 'major'>;
  readonly serverMajor: number;
}

/**
 * Why a server is known not to take what would be sent to it: an archive in the words of the pg_restore here, SQL in those
 * of the tools that wrote it. Null where nothing is known against it.
 */
export function loadObstacle({ format, manifest, tools, serverMajor }: Loading): SagekeepError | null {
  // An archive of theirs is for tools as new as they are.
  if (!mayLoad(Number.parseInt(manifest.clientVersion, 10), serverMajor))
    return mismatch(
      `The dump was written by client tools of version ${manifest.clientVersion}, whose output does not load into a server ` +
        `of version ${serverMajor}.`,
      `Restore it on a server of version ${settingMore} or newer.`,
    );
  if (format === 'sql' || mayLoad(tools.major, serverMajor)) return null;
  return mismatch(
    `The client tools here are of version ${tools.major}: their pg_restore loads nothing into a server of version ${serverMajor}.`,
    clientToolsAdvice(serverMajor, thisSystem()),
  );
}

function mismatch(message: string, advice: string): SagekeepError {
  return new SagekeepError('VERSION_MISMATCH', message, { advice });
}
