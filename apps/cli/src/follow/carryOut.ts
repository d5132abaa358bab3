import { type JobName, type JobResult, type JobView, jobCatalogue, SagekeepError } from '@sagekeep/contracts';
import type { Desk, Started, Work } from '../desk.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { errorLines } from '../explain.ts';
import type { Tool } from '../tool.ts';
import { watch } from './watch.ts';

/** How a verb tells the result of its job. */
export interface Telling<N extends JobName> {
  readonly job: N;
  /** False with `--no-wait`. */
  readonly wait?: boolean;
  /** The answer for people and the exit code that goes with it. */
  tell(
    result: JobResult<N>,
    job: JobView,
  ): { text: string; code: ExitCode } | Promise<{ text: string; code: ExitCode }>;
}

/** Starts a piece of work, shows it until it ends, tells its result and returns the exit code. */
export async function carryOut<N extends Work['job']>(
  tool: Tool,
  { desk, work }: { desk: Desk; work: Extract<Work, { job: N }> },
  telling: Telling<N>,
): Promise<ExitCode> {
  if (telling.wait === false && desk.kind === 'offline') throw nothingToWaitIn();
  const started = await desk.start(work);
  if (telling.wait === false) return tellAccepted(tool, started);
  return conclude(tool, started, telling);
}

/** Shows a job that was started before until it ends, and tells its result. */
export async function conclude<N extends JobName>(
  tool: Tool,
  started: Started,
  telling: Pick<Telling<N>, 'job' | 'tell'>,
): Promise<ExitCode> {
  const watched = await watch(started, tool.world);
  if (watched.kind === 'left') return tellLeft(tool, started);
  const { job } = watched;
  if (job.state !== 'completed') return tellFailed(tool, job);
  const result = jobCatalogue[telling.job].result.parse(job.result) as JobResult<N>;
  const { text, code } = await telling.tell(result, job);
  tool.print().answer(job, () => text);
  return code;
}

export function tellAccepted(tool: Tool, { id, queue, state, board }: Started): ExitCode {
  tool
    .print()
    .answer({ jobId: id, queue, state }, () =>
      [
        `Job ${queue}/${id} is ${state}.`,
        `  follow it: sagekeep jobs ${queue}/${id} --follow`,
        ...(board === null ? [] : [`  on the board: ${board}`]),
      ].join('\n'),
    );
  return exitCodes.done;
}

export function tellLeft(tool: Tool, { id, queue }: Started): ExitCode {
  const print = tool.print();
  print.note(`Stopped watching; job ${queue}/${id} goes on.`);
  print.note(`  follow it: sagekeep jobs ${queue}/${id} --follow`);
  print.note(`  cancel it: sagekeep cancel ${queue}/${id}`);
  if (print.json) print.answer({ jobId: id, queue, state: 'active' }, () => '');
  return exitCodes.interrupted;
}

export function tellFailed(tool: Tool, job: JobView): ExitCode {
  const print = tool.print();
  const { code, message, advice } = job.error ?? {
    code: 'INTERNAL',
    message: 'No reason was recorded.',
    advice: null,
  };
  for (const line of errorLines({ code, message, advice: advice ?? undefined })) print.note(line);
  if (print.json) print.answer(job, () => '');
  // Offline, Ctrl-C ends the work itself.
  return code === 'CANCELLED' && tool.world.interrupted.aborted ? exitCodes.interrupted : exitCodes.failed;
}

/** The exit code that a result carries by itself: 3 when it has a status and that is not `pass`. */
export function verdictOf(result: unknown): ExitCode {
  if (typeof result !== 'object' || result === null || !('status' in result)) return exitCodes.done;
  return result.status === 'pass' || result.status === 'skip' ? exitCodes.done : exitCodes.findings;
}

function nothingToWaitIn(): SagekeepError {
  return new SagekeepError(
    'INVALID_INPUT',
    '--no-wait and --offline do not go together: there is no queue.',
    {
      advice: 'Leave one of them out.',
    },
  );
}
