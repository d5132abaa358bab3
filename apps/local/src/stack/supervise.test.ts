import { expect, test } from 'vitest';
import { createSupervisor, type Part, type Running } from './supervise.ts';

interface Fake extends Part {
  readonly runs: { readonly pid: number; end(): void; stopped: boolean }[];
}

/** A part whose runs end when the test says so. */
function fakePart(name: string, order: string[] = []): Fake {
  const runs: Fake['runs'] = [];
  return {
    name,
    runs,
    async start(): Promise<Running> {
      const { promise: exited, resolve } = Promise.withResolvers<void>();
      const run = { pid: runs.length + 1, end: () => resolve(), stopped: false };
      runs.push(run);
      const stop = async () => {
        run.stopped = true;
        order.push(name);
        resolve();
      };
      return { pid: run.pid, exited, stop };
    },
  };
}

function supervise() {
  const said: string[] = [];
  const changes = Promise.withResolvers<void>();
  const clock = { at: 0 };
  const supervisor = createSupervisor({
    say: (line) => said.push(line),
    changed: () => changes.resolve(),
    now: () => clock.at,
    pauseMs: 1,
  });
  return { supervisor, said, changed: changes.promise, clock };
}

test('ends the youngest first and starts nothing again then', async () => {
  const { supervisor, said } = supervise();
  const order: string[] = [];
  const parts = ['server', 'api', 'worker'].map((name) => fakePart(name, order));
  for (const part of parts) await supervisor.run(part);
  expect(supervisor.pids()).toEqual({ server: 1, api: 1, worker: 1 });
  await supervisor.stop();
  expect(order).toEqual(['worker', 'api', 'server']);
  expect(said).toEqual([]);
});

test('starts again what died, and tells its new pid', async () => {
  const { supervisor, said, changed } = supervise();
  const part = fakePart('worker');
  await supervisor.run(part);
  part.runs[0]?.end();
  await changed;
  expect(supervisor.pids()).toEqual({ worker: 2 });
  expect(said).toEqual(['worker ended; starting it again']);
  await supervisor.stop();
  expect(part.runs[1]?.stopped).toBe(true);
});

test('gives up on what keeps dying', async () => {
  const { supervisor } = supervise();
  const part: Part = {
    name: 'api',
    start: async () => ({ pid: 1, exited: Promise.resolve(), stop: async () => undefined }),
  };
  await supervisor.run(part);
  expect(await supervisor.gaveUp).toMatch(/^api ended 4 times/);
});

test('ends what is just being started', async () => {
  const { supervisor } = supervise();
  const part = fakePart('server');
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const slow: Part = { name: 'server', start: () => gate.then(() => part.start()) };
  const running = supervisor.run(slow);
  const stopped = supervisor.stop();
  open();
  await Promise.all([running, stopped]);
  expect(part.runs[0]?.stopped).toBe(true);
});

test('a first start that fails is the caller’s to hear', async () => {
  const { supervisor } = supervise();
  const part: Part = { name: 'api', start: () => Promise.reject(new Error('no')) };
  await expect(supervisor.run(part)).rejects.toThrow('no');
  await supervisor.stop();
});

test('tries again what does not start at once after it was killed', async () => {
  const { supervisor, said, changed } = supervise();
  const part = fakePart('server');
  let refusals = 0;
  const start = part.start.bind(part);
  const stubborn: Part = {
    name: 'server',
    start: () => (part.runs.length === 1 && refusals++ < 2 ? Promise.reject(new Error('in use')) : start()),
  };
  await supervisor.run(stubborn);
  part.runs[0]?.end();
  await changed;
  expect(said).toEqual([
    'server ended; starting it again',
    'server did not start; trying again',
    'server did not start; trying again',
  ]);
  expect(supervisor.pids()).toEqual({ server: 2 });
  await supervisor.stop();
});
