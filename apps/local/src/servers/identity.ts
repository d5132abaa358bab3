import { SagekeepError } from '@sagekeep/contracts';
import { execa } from 'execa';

/** The user that a server runs as. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** Whether that is another user than ours, so that files must be handed over. */
  readonly foreign: boolean;
}

/** PostgreSQL refuses to run as root: then it is the user `postgres`, which its package creates. Else it is us. */
export async function postgresIdentity(): Promise<Identity> {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid !== 0) return { uid, gid, foreign: false };
  const ids = await Promise.all([execa('id', ['-u', 'postgres']), execa('id', ['-g', 'postgres'])]).catch(
    (cause: unknown) => {
      throw new SagekeepError(
        'TOOLS_MISSING',
        'PostgreSQL does not run as root, and there is no user postgres.',
        {
          advice: 'Type: adduser --system --group --no-create-home postgres, or start as a plain user.',
          cause,
        },
      );
    },
  );
  return { uid: Number(ids[0].stdout), gid: Number(ids[1].stdout), foreign: true };
}

/** The identity of this process. */
export function ownIdentity(): Identity {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, foreign: false };
}
