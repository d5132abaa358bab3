import { Backup, BackupPage } from '@sagekeep/contracts';
import { provideBases } from '../docker/support/bases.ts';
import { createApiClient } from '../docker/support/client.ts';
import { startEngine } from '../docker/support/engine.ts';
import { type ComposeStack, startStack } from '../docker/support/stack.ts';
import { printVerdicts, ratio, sideBySide } from './measure.ts';

/** Random vectors, about 45 kB of COPY text a row. */
const rows = (count: number) => `
  INSERT INTO memories (session_id, user_input, assistant_response, embedding)
  SELECT NULL, 'bench', md5(n::text), (SELECT array_agg((random() * 2 - 1)::real) FROM generate_series(1, 4096) WHERE n > 0)::vector
  FROM generate_series(1, ${count}) n`;

const configurations = { inside: '/app/config/compose.docker.yaml', network: '/app/config/compose.yaml' };

/** Client tools inside the database's container by exec, against the same tools over the network; under compose. */
export async function benchInside({ rounds, vectorRows }: { rounds: number; vectorRows: number }) {
  const engine = await startEngine();
  try {
    await provideBases(engine);
    await using stack = await startStack(engine, { files: ['docker-compose.docker.yml'] });
    await stack.sql(rows(vectorRows));
    const taken = { inside: [] as number[], network: [] as number[] };
    const take = (how: keyof typeof taken) => async () =>
      void taken[how].push(await backupMs(stack, configurations[how]));
    await sideBySide({ inside: take('inside'), network: take('network') }, rounds);
    const what = `backup of ${vectorRows} × vector(4096): by exec inside the container : over the network`;
    printVerdicts([ratio(what, [taken.inside, taken.network], 1.15)]);
  } finally {
    await engine.stop();
  }
}

/** Takes one without the queue; the sum of its phases, ms. */
async function backupMs(stack: ComposeStack, configuration: string): Promise<number> {
  const settings = ['exec', '--no-TTY', '-e', `SAGEKEEP_CONFIG=${configuration}`, 'worker'];
  await stack.compose(...settings, 'sagekeep', 'backup', 'sage', '--offline', '--json');
  const { items } = BackupPage.parse(await createApiClient(stack).ask('GET', '/v1/backups?limit=1'));
  const { timings } = Backup.parse(items[0]).manifest;
  console.log(`phases, ms: ${JSON.stringify(timings)}`);
  return Object.values(timings).reduce((sum, ms) => sum + ms, 0);
}
