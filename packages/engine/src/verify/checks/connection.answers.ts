import { type Check, fail, pass, warn } from '../check.ts';

const slowMs = 1_000;

export const connectionAnswers: Check = {
  id: 'connection.answers',
  title: 'Database answers',
  group: 'connection',
  mode: 'quick',
  asks: 'Can one log in and run a statement, and how long does that take?',
  worst: 'fail',
  expected: 'an answer within 1 s',
  advice: 'Look for load on the server, and for a network or a name service that is slow.',
  offline: true,
  run({ connection }) {
    if (!connection.connected) return fail(connection.error, connection.advice);
    const text = `logged in and answered after ${Math.round(connection.ms)} ms`;
    return connection.ms > slowMs ? warn(text) : pass(text);
  },
};
