import { SagekeepError } from '@sagekeep/contracts';
import type { Command } from 'commander';
import { createOnlineDesk } from './client/desk.ts';
import { findApi } from './client/find.ts';
import { createHttp, type Http } from './client/http.ts';
import type { Desk } from './desk.ts';
import type { ExitCode } from './exitCodes.ts';
import { createPrint, type Print } from './print.ts';
import type { World } from './world.ts';

/** The options that every verb knows. */
export interface Settings {
  readonly json?: boolean;
  readonly offline?: boolean;
  readonly api?: string;
  readonly token?: string;
}

/** What a verb works with. Settings are those of the command line that is being carried out. */
export interface Tool {
  readonly world: World;
  readonly settings: () => Settings;
  readonly print: () => Print;
  /** The API, for verbs that have no `--offline`. */
  api(): Promise<Http>;
  /** The API, or the engine itself with `--offline`. */
  desk(): Promise<Desk>;
  /** Ends the verb with this exit code. */
  done(code: ExitCode): void;
}

export function createTool(program: Command, world: World, done: (code: ExitCode) => void): Tool {
  const settings = () => program.opts<Settings>();
  const print = () => createPrint(world, settings().json === true);
  const connect = async () => createHttp(await findApi(settings(), world));
  const lost = () => print().note('The API does not answer; the job is not affected. Trying again …');
  return {
    world,
    settings,
    print,
    done,
    api: async () => {
      if (settings().offline) throw notOffline();
      return connect();
    },
    desk: async () => {
      if (!settings().offline) return createOnlineDesk(await connect(), lost);
      // Loaded only when asked for: the engine is most of this program.
      const { openOfflineDesk } = await import('./offline/desk.ts');
      return openOfflineDesk(world, print());
    },
  };
}

function notOffline(): SagekeepError {
  return new SagekeepError('INVALID_INPUT', 'This command is about the queue and has no --offline.', {
    advice: 'These have it: backup list show prove plan restore undo verify cleanup status.',
  });
}
