import { temporaryVault } from '@sagekeep/storage/testing';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../packages/engine/src/diagnose/index.ts';
import { connect, parseDatabaseUrl, serverVersion } from '../../../packages/engine/src/server/index.ts';
import { chooseTools, type Tools } from '../../../packages/engine/src/tools/versions.ts';
import { createDatabase, withParts } from '../../support/servers.ts';
import { databaseConfig, silent } from '../backup/harness.ts';
import { common } from '../backup/reading.ts';

/** A machine without client tools. */
const none: Tools = {
  forServer: async (major) => chooseTools([], major),
  installed: () => Promise.resolve([]),
};

async function diagnosed(url: string) {
  await using place = await temporaryVault();
  return diagnose({
    ...{ vault: place.vault, databases: [databaseConfig(url)], servers: [], tools: none, log: silent },
    ...{
      killGraceMs: 1000,
      restorePatienceMs: 60_000,
      dockerHost: null,
      toolVersion: 'test',
      now: () => new Date(),
    },
  });
}

describe('doctor, where the client tools are missing', () => {
  it("names them, and the command that installs those of the server's major version", async () => {
    await using database = await createDatabase();
    await using session = await connect(parseDatabaseUrl(database.url), common);
    const { major } = await serverVersion(session);
    expect(await diagnosed(database.url)).toEqual([
      expect.objectContaining({ id: 'server:subject', ok: true, advice: null }),
      {
        id: `tools:${major}`,
        ok: false,
        text: 'pg_dump, pg_restore and psql were not found on this machine.',
        advice: expect.stringMatching(new RegExp(`apt-get install postgresql-client-${major}$`)),
      },
    ]);
  });

  it('says so also when no server tells its version', async () => {
    await using database = await createDatabase();
    const nobody = withParts(database.url, { user: 'nobody', password: 'wrong' });
    expect(await diagnosed(nobody)).toMatchObject([
      { id: 'server:subject', ok: false },
      { id: 'tools', ok: false, advice: expect.stringContaining('apt-get install postgresql-client-') },
    ]);
  });
});
