import { expect, it } from 'vitest';
import { type Loading, loadObstacle } from './loadObstacle.ts';

const loading = (format: Loading['format'], writer: string, [tools, serverMajor]: [number, number]) =>
  loadObstacle({ format, manifest: { clientVersion: writer }, tools: { major: tools }, serverMajor });

it('an archive is refused where the pg_restore here writes what the server does not know', () => {
  expect(loading('custom', '15.18', [17, 15])).toMatchObject({
    code: 'VERSION_MISMATCH',
    message: expect.stringContaining('version 17'),
    advice: expect.stringContaining('postgresql-client-15'),
  });
  expect(loading('custom', '15.18', [16, 15])).toBeNull();
  expect(loading('custom', '15.18', [17, 17])).toBeNull();
});

it('SQL goes to the server in the words of the tools that wrote it', () => {
  expect(loading('sql', '15.18', [17, 15])).toBeNull();
  expect(loading('sql', 'unknown', [17, 15])).toBeNull();
});

it.each(['custom', 'sql'] as const)(
  'what newer tools wrote as %s is for a newer server, whatever tools are here',
  (format) => {
    const refused = {
      message: expect.stringContaining('17.12'),
      advice: 'Restore it on a server of version 17 or newer.',
    };
    expect(loading(format, '17.12 (Debian 17.12-0+deb13u1)', [15, 15])).toMatchObject(refused);
    expect(loading(format, '17.12 (Debian 17.12-0+deb13u1)', [17, 15])).toMatchObject(refused);
    expect(loading(format, '17.12 (Debian 17.12-0+deb13u1)', [17, 17])).toBeNull();
  },
);
