import { type BackendFactory, type RedisQueueBackend, raw2NextJobData } from 'bullmq';
import { mended, mendedScheduler } from './mended.ts';

/** BullMQ's commands that answer with the next job as it is stored. */
const answeringNext = new Set(['moveToActive', 'moveToFinished', 'moveToDelayed']);

/**
 * A backend that reads every job and job scheduler, whoever put it into Redis. BullMQ's own throws where a field is no JSON:
 * no list that it is in can be read then, and a worker that has taken such a job never ends it.
 */
export function readableBackend(
  create: BackendFactory<RedisQueueBackend>,
): BackendFactory<RedisQueueBackend> {
  return (name, options, details) => {
    const backend = create(name, options, details);
    const plain = backend.execCommand.bind(backend);
    backend.execCommand = (client, command, args) => {
      const answer = plain(client, command, args);
      return answeringNext.has(command) ? Promise.resolve(answer).then(mendedNext) : answer;
    };
    backend.getJobData = async (id) => {
      const raw = await (await backend.client).hgetall(backend.toKey(id));
      return Object.keys(raw).length === 0 ? undefined : raw2NextJobData([flat(mended(raw))])[0];
    };
    const scheduler = backend.getJobScheduler.bind(backend);
    backend.getJobScheduler = async (id) => {
      const [stored, next] = await scheduler(id);
      return [stored && flat(mendedScheduler(byField(stored))), next];
    };
    const schedulerData = backend.getJobSchedulerData.bind(backend);
    backend.getJobSchedulerData = async (id) => mendedScheduler(await schedulerData(id));
    return backend;
  };
}

/** Of an answer that holds no job, nothing is changed. */
function mendedNext(answer: unknown): unknown {
  if (!Array.isArray(answer) || !Array.isArray(answer[0])) return answer;
  const [stored, ...rest] = answer as [string[], ...unknown[]];
  return [flat(mended(byField(stored))), ...rest];
}

function byField(stored: readonly string[]): Record<string, string> {
  const raw: Record<string, string> = {};
  for (let index = 0; index + 1 < stored.length; index += 2)
    raw[stored[index] ?? ''] = stored[index + 1] ?? '';
  return raw;
}

function flat(raw: Readonly<Record<string, string>>): string[] {
  return Object.entries(raw).flat();
}
