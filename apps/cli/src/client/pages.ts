import type { Http, Shape } from './http.ts';

/** Every item of a paged list, following `nextCursor`, up to `limit` items. */
export async function everyPage<P extends { items: unknown[]; nextCursor?: string | undefined }>(
  http: Http,
  path: string,
  { shape, query = {}, limit = 10_000 }: { shape: Shape<P>; query?: Query; limit?: number },
): Promise<P> {
  const first = await http.get(path + queryOf(query), shape);
  const items = [...first.items];
  let cursor = first.nextCursor;
  while (cursor !== undefined && items.length < limit) {
    const page = await http.get(path + queryOf({ ...query, cursor }), shape);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return { ...first, items: items.slice(0, limit) };
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

function queryOf(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}
