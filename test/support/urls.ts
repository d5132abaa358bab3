export interface UrlParts {
  readonly dbname?: string;
  readonly user?: string;
  readonly password?: string;
}

/** The same server, another database. */
export function withDatabase(url: string, dbname: string): string {
  return withParts(url, { dbname });
}

/**
 * The same server with what is given replaced. Names may hold any character but `?` and `#`: pg reads the dbname of a
 * URL by decodeURI, which leaves reserved characters in their percent form, so they are written as they are.
 */
export function withParts(url: string, { dbname, user, password }: UrlParts): string {
  const changed = new URL(url);
  if (dbname !== undefined) changed.pathname = `/${encodeURI(dbname)}`;
  if (user !== undefined) changed.username = encodeURIComponent(user);
  if (password !== undefined) changed.password = encodeURIComponent(password);
  return changed.href;
}
