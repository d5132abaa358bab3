import { type Manifest, SagekeepError } from '@sagekeep/contracts';
import { quoteIdentifier, type Session } from '../server/index.ts';

/** Whoever owns the database is a member of it by that. */
const implied = 'pg_database_owner';

/** The roles that something in the backup belongs to. */
export function ownersIn({ inventory }: Pick<Manifest, 'inventory'>): string[] {
  return inventory.entries
    .filter(({ type, name }) => type === 'OWNERSHIP' && name !== implied)
    .map(({ name }) => name);
}

export interface OwnersAsked {
  readonly owners: readonly string[];
  readonly serverMajor: number;
}

/**
 * What keeps our user from handing things over to their owners, with the statements that lift it; null when nothing does.
 * Roles that do not exist are left out, and superusers, of whom nobody should be made a member: what only has grants of theirs
 * needs none. Read-only.
 */
export async function ownerObstacle(
  session: Session,
  { owners, serverMajor }: OwnersAsked,
): Promise<SagekeepError | null> {
  // Since 16 a membership may lack the right to act as the role, as that of a role's creator does.
  const rows = await session.query<{ user: string; owner: string }>(
    `select current_user as user, rolname as owner from pg_roles
      where rolname = any($1) and not rolsuper and not pg_has_role(current_user, oid, $2) order by 2`,
    [owners, serverMajor >= 16 ? 'set' : 'member'],
  );
  const [first] = rows;
  if (first === undefined) return null;
  const names = rows.map(({ owner }) => owner);
  return new SagekeepError(
    'PERMISSION_MISSING',
    `${JSON.stringify(first.user)} is no member of ${names.map((name) => JSON.stringify(name)).join(', ')}, to whom what is restored belongs.`,
    {
      advice: `As a superuser: ${names.map((name) => `GRANT ${quoteIdentifier(name)} TO ${quoteIdentifier(first.user)};`).join(' ')}`,
      facts: { owners: names },
    },
  );
}
