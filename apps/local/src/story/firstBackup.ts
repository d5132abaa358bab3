import { Backup, BackupJobResult, JobView, ProveJobResult, pageOf } from '@sagekeep/contracts';
import { followJob, resultOf, runJob, type StoryTools } from './follow.ts';
import { bytes, duration } from './units.ts';

/** Backs a database up over HTTP, as anybody would, and says what came of it, read back from the API. */
export async function backUp(tools: StoryTools, database: string, label: string): Promise<Backup> {
  tools.say(`POST /v1/backups {"database":"${database}"}`);
  const done = await runJob(tools, '/v1/backups', { database, label });
  const { backup } = resultOf(BackupJobResult, done);
  const found = Backup.parse(await tools.client.get(`/v1/backups/${backup}`));
  tools.say(`Backed up in ${duration(done.tookMs)}: ${backup}`);
  for (const file of found.manifest.files) {
    tools.say(`  ${file.name}  ${bytes(file.bytes)}  sha256 ${file.sha256.slice(0, 16)}…`);
  }
  const rows = found.manifest.inventory.tables.reduce((sum, table) => sum + table.rows, 0);
  tools.say(
    `  inventory: ${found.manifest.inventory.tables.length} tables, ${rows} rows, each with its digest`,
  );
  return found;
}

/** Waits for the proof of a backup, made by the job that followed it or by one of our own; says what it found. */
export async function prove(tools: StoryTools, backup: string): Promise<string> {
  const running = await proofJobOf(tools, backup);
  const done =
    running === undefined
      ? await runJob(tools, '/v1/verifications', { backup })
      : await followJob(tools, running.queue, running.id);
  const { proof } = resultOf(ProveJobResult, done);
  tools.say(`Restored aside and compared in ${duration(proof.durationMs)}: ${proof.result}`);
  return proof.result;
}

async function proofJobOf(tools: StoryTools, backup: string): Promise<JobView | undefined> {
  const page = pageOf(JobView).parse(await tools.client.get('/v1/jobs?queue=verify'));
  return page.items.find(({ name, payload }) => {
    const about =
      typeof payload === 'object' && payload !== null && 'backup' in payload ? payload.backup : null;
    return name === 'prove' && about === backup;
  });
}
