import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import {
  Accepted,
  Backup,
  Incident,
  JobView,
  Manifest,
  Marks,
  Problem,
  Report,
  RestoreRecord,
  Schedule,
  Status,
} from '@sagekeep/contracts';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Api } from '../dependencies.ts';

const logo = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="150" height="40"><text x="0" y="28" font-family="sans-serif"
 font-size="26" font-weight="700" fill="#fff">Sagekeep</text></svg>`,
);

/** Shapes that the document tells once, by name. */
const named = {
  Accepted,
  Backup,
  Incident,
  JobView,
  Manifest,
  Marks,
  Problem,
  Report,
  RestoreRecord,
  Schedule,
  Status,
};
const schemaRegistry = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(named)) schemaRegistry.add(schema, { id });

/** OpenAPI 3.1 from the very schemas that the routes check with. Must be registered before the routes. */
export async function registerOpenApi(app: Api, toolVersion: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sagekeep',
        version: toolVersion,
        description: 'Backup, restore, verify and clean-up of PostgreSQL databases, as jobs in a queue.',
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          login: { type: 'http', scheme: 'basic' },
        },
      },
      security: [{ token: [] }, { login: [] }],
    },
    transform: createJsonSchemaTransform({ schemaRegistry }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  });
}

/** `/openapi.json` and, as a page that loads nothing from elsewhere, `/docs`. */
export async function registerDocs(app: Api): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true, response: { 200: z.unknown() } } }, (_request, reply) =>
    reply.serializer((document: unknown) => JSON.stringify(document)).send(app.swagger()),
  );
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Sagekeep API' },
    logo: { type: 'image/svg+xml', content: logo, href: '/' },
    uiConfig: { docExpansion: 'list', validatorUrl: null, persistAuthorization: false },
  });
}
