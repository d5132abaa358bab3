import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi, type TestApi } from './harness.ts';

interface Operation {
  summary?: string;
  tags?: string[];
  responses?: Record<string, { content?: Record<string, unknown> }>;
  parameters?: { name: string; in: string }[];
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

let api: TestApi;
let document: Document;
beforeAll(async () => {
  api = await startApi();
  document = (await api.app.inject({ url: '/openapi.json' })).json();
});
afterAll(() => api[Symbol.asyncDispose]());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

it('is OpenAPI 3.1 and tells every resource', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(
    operations()
      .map(({ path, method }) => `${method.toUpperCase()} ${path}`)
      .sort(),
  ).toMatchInlineSnapshot(`
    [
      "DELETE /v1/backups/{id}",
      "DELETE /v1/backups/{id}/hold",
      "DELETE /v1/databases/{name}",
      "DELETE /v1/schedules/{name}",
      "GET /healthz",
      "GET /metrics",
      "GET /readyz",
      "GET /v1/backups",
      "GET /v1/backups/{id}",
      "GET /v1/backups/{id}/files/{name}",
      "GET /v1/incidents",
      "GET /v1/jobs",
      "GET /v1/jobs/{queue}/{id}",
      "GET /v1/jobs/{queue}/{id}/events",
      "GET /v1/reports/{id}",
      "GET /v1/restores",
      "GET /v1/restores/{id}",
      "GET /v1/schedules",
      "GET /v1/schedules/{name}",
      "GET /v1/status",
      "PATCH /v1/schedules/{name}",
      "POST /v1/alerts/test",
      "POST /v1/backups",
      "POST /v1/backups/{id}/acknowledge",
      "POST /v1/cleanups",
      "POST /v1/incidents/{id}/close",
      "POST /v1/jobs/{queue}/{id}/cancel",
      "POST /v1/jobs/{queue}/{id}/retry",
      "POST /v1/plans",
      "POST /v1/restores",
      "POST /v1/restores/{id}/undo",
      "POST /v1/verifications",
      "PUT /v1/backups/{id}/hold",
      "PUT /v1/schedules/{name}",
    ]
  `);
});

it('explains each operation, and that its errors are problem documents', () => {
  for (const { path, method, operation } of operations()) {
    const name = `${method} ${path}`;
    expect(operation.summary, name).toBeTruthy();
    expect(operation.tags, name).toHaveLength(1);
    if (!path.startsWith('/v1/')) continue;
    expect(Object.keys(operation.responses?.['default']?.content ?? {}), name).toEqual([
      'application/problem+json',
    ]);
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
    const told = operation.parameters?.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    expect(told?.toSorted() ?? [], name).toEqual(named.toSorted());
  }
});

it('refers to nothing that it does not tell', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(20);
  for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name);
});

it('has a page that loads nothing from elsewhere', async () => {
  const page = await api.app.inject({ url: '/docs/' });
  const urls = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url);
  expect(urls.length).toBeGreaterThan(3);
  expect(urls.filter((url) => !url?.startsWith('./'))).toEqual([]);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
});
