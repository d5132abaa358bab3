import { QueueName } from '@sagekeep/contracts';
import { ask } from './client.ts';
import type { Texts } from './search.ts';
import { secrets, type WholeStack } from './stack.ts';

const named = /\{(\w+)\}/;

/** Every GET of the API, for everything there is, the board and the pages of somebody who logged in. */
export async function askEverything(stack: WholeStack): Promise<Texts> {
  const texts: Texts = new Map();
  const get = async (path: string) => {
    const { status, text } = await ask(stack, path);
    texts.set(`GET ${path} (${status})`, text);
    return text;
  };
  const { paths } = JSON.parse(await get('/openapi.json')) as { paths: Record<string, object> };
  const readable = Object.keys(paths).filter((path) => 'get' in (paths[path] ?? {}));
  for (const path of readable.filter((each) => !named.test(each))) await get(path);
  const { items: jobs } = JSON.parse(await get('/v1/jobs?limit=200')) as {
    items: { id: string; queue: string }[];
  };
  for (const { id, queue } of jobs) {
    await get(`/v1/jobs/${queue}/${id}`);
    await get(`/v1/jobs/${queue}/${id}/events`);
    await get(`/v1/reports/${id}`);
  }
  for (const list of ['/v1/backups?limit=200', '/v1/restores', '/v1/schedules', '/v1/incidents'])
    for (const { id } of identified(await get(list))) await getEach(readable, id, get);
  for (const [place, text] of await askBoard(stack)) texts.set(place, text);
  return texts;
}

/** Whatever in a list has an id or a name to ask for. */
function identified(list: string): { id: string }[] {
  const { items = [] } = JSON.parse(list) as {
    items?: { id?: string; name?: string; manifest?: { id: string } }[];
  };
  return items.map(({ id, name, manifest }) => ({ id: manifest?.id ?? id ?? name ?? '' }));
}

/** Asks for it wherever a path has just one name to fill in; most answer 404, which must tell no secret either. */
async function getEach(paths: readonly string[], id: string, get: (path: string) => Promise<string>) {
  for (const path of paths.filter((each) => each.split('{').length === 2)) await get(path.replace(named, id));
}

async function askBoard(stack: WholeStack): Promise<Texts> {
  const login = await fetch(`${stack.address()}/login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ user: 'operator', password: secrets.board, next: '/board' }),
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  if (login.status !== 303 || cookie === '') throw new Error(`the login was answered by ${login.status}`);
  const texts: Texts = new Map([['the cookie', [...login.headers].join('\n')]]);
  const get = async (path: string) => {
    const answer = await fetch(stack.address() + path, { headers: { cookie } });
    texts.set(`the page ${path} (${answer.status})`, await answer.text());
    return texts.get(`the page ${path} (${answer.status})`) ?? '';
  };
  for (const path of ['/', '/login', '/docs', '/board']) await get(path);
  for (const queue of QueueName.options) {
    for (const status of ['completed', 'failed', 'delayed', 'waiting', 'latest'])
      await get(`/board/api/queues?activeQueue=${queue}&status=${status}&page=1&jobsPerPage=100`);
    const all = await get(`/board/api/queues?activeQueue=${queue}&status=latest&page=1&jobsPerPage=100`);
    for (const [, id] of all.matchAll(/"id":"([\w:-]+)"/g)) {
      await get(`/board/api/queues/${queue}/${id}`);
      await get(`/board/api/queues/${queue}/${id}/logs`);
    }
  }
  return texts;
}
