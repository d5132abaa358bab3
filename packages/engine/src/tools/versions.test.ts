import { describe, expect, it } from 'vitest';
import { type ClientTools, chooseTools, parseToolVersion } from './versions.ts';

const tools = (major: number): ClientTools => ({
  ...{ major, version: `${major}.1`, versionNum: major * 10_000 + 1, folder: `/${major}` },
  ...{ pgDump: 'pg_dump', pgRestore: 'pg_restore', psql: 'psql' },
});

describe('the version of a tool', () => {
  it.each([
    ['pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)', 150_020],
    ['pg_dump (PostgreSQL) 17.6', 170_006],
    ['pg_dump (PostgreSQL) 18beta1', 180_000],
  ])('%s', (output, num) => {
    expect(parseToolVersion(output)?.num).toBe(num);
  });

  it('is not known of what is no such tool', () => {
    expect(parseToolVersion('Error: no cluster')).toBeNull();
  });
});

describe('the tools for a server', () => {
  it('are of its own version, also when newer ones are there', () => {
    const choice = chooseTools([tools(17), tools(15), tools(16)], 15);
    expect(choice).toMatchObject({ tools: { major: 15 }, warnings: [] });
  });

  it('else the oldest newer ones, with a warning that says what to install', () => {
    const choice = chooseTools([tools(14), tools(18), tools(16)], 15);
    expect(choice.tools.major).toBe(16);
    expect(choice.warnings).toEqual([expect.stringContaining('apt-get install postgresql-client-15')]);
    expect(choice.warnings).toEqual([expect.stringContaining('may not load')]);
    expect(chooseTools([tools(17)], 15).warnings).toEqual([expect.stringContaining('does not load')]);
  });

  it('come from where the system has them', () => {
    const trixie = { id: 'debian', version: '13', title: 'Debian GNU/Linux 13 (trixie)' };
    const [own] = chooseTools([tools(18)], 17, trixie).warnings;
    expect(own).toMatch(/: apt-get install postgresql-client-17$/);
    const expected = expect.objectContaining({ advice: expect.stringContaining('apt.postgresql.org.sh') });
    expect(() => chooseTools([tools(14)], 15, trixie)).toThrow(expected);
    expect(() => chooseTools([], 15, trixie)).toThrow(expected);
  });

  it('older ones are refused', () => {
    expect(() => chooseTools([tools(14), tools(13)], 15)).toThrow(
      expect.objectContaining({
        code: 'TOOLS_TOO_OLD',
        advice: expect.stringContaining('postgresql-client-15'),
      }),
    );
  });

  it('none at all is told as such', () => {
    expect(() => chooseTools([], 15)).toThrow(expect.objectContaining({ code: 'TOOLS_MISSING' }));
  });
});
