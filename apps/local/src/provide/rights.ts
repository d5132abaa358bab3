import { execa } from 'execa';

/** How this process may install packages: as root itself, by `sudo` without a password, or not at all. */
export type Rights = 'root' | 'sudo' | 'none';

export async function rightsToInstall(uid: number | undefined): Promise<Rights> {
  if (uid === 0) return 'root';
  const sudo = await execa('sudo', ['-n', 'true'], { reject: false, stdio: 'ignore' });
  return sudo.exitCode === 0 ? 'sudo' : 'none';
}
