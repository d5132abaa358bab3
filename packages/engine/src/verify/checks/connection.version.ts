import { type Check, pass, warn } from '../check.ts';

export const connectionVersion: Check = {
  id: 'connection.version',
  title: 'PostgreSQL version',
  group: 'connection',
  mode: 'quick',
  asks: 'Which version runs, and does PostgreSQL still mend it?',
  worst: 'warn',
  expected: 'a major version that still gets fixes',
  advice: 'Plan an upgrade: this major version gets no security fixes any more.',
  async run(probe) {
    const { version } = await probe.queryOne<{ version: string }>(
      `select current_setting('server_version') as version`,
    );
    const end = endOfLife(Math.floor(probe.serverVersionNum / 10_000));
    if (probe.now <= end) return pass(version);
    return warn(`${version}; its support ended in ${end.toISOString().slice(0, 7)}`);
  },
};

/** A major version appears in autumn and gets its last fixes in November five years later: 12 in 2024, 17 in 2029. */
export function endOfLife(major: number): Date {
  return new Date(Date.UTC(2012 + major, 10, 30));
}
