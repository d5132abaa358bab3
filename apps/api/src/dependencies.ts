import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Configuration, Log } from '@sagekeep/contracts';
import type { Jobs } from '@sagekeep/runtime';
import type { Vault } from '@sagekeep/storage';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';

/** What the API is wired with. It reads no environment, opens no database and runs no job itself. */
export interface ApiDependencies {
  readonly configuration: Configuration;
  readonly jobs: Jobs;
  readonly vault: Vault;
  readonly log: Log;
  readonly now: () => Date;
  readonly toolVersion: string;
}

/** The Fastify instance whose routes take their types from zod schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;
