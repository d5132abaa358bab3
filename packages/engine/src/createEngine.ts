import { SagekeepError } from '@sagekeep/contracts';
import { backup } from './backup/index.ts';
import type { Engine, EngineDependencies } from './engine.ts';
import { restore, undo } from './restore/index.ts';
import { createTools } from './tools/index.ts';
import { verify } from './verify/index.ts';

function notYet(what: string) {
  return () => Promise.reject(new SagekeepError('INTERNAL', `${what} is not part of this version.`));
}

/** Wires the engine. Opens no connection and starts nothing until it is asked to. */
export function createEngine(dependencies: EngineDependencies): Engine {
  const tools = createTools();
  const makeBackup: Engine['backup'] = (payload, context) =>
    backup({ ...dependencies, tools }, payload, context);
  const deps = { ...dependencies, tools, backup: makeBackup };
  return {
    backup: makeBackup,
    plan: notYet('plan'),
    restore: (payload, context) => restore(deps, payload, context),
    undo: (payload, context) => undo(deps, payload, context),
    prove: notYet('prove'),
    scrub: notYet('scrub'),
    verify: (payload, context) => verify(deps, payload, context),
    cleanup: notYet('cleanup'),
    diagnose: notYet('diagnose'),
  };
}
