import { pipeline, Readable } from 'node:stream';
import { type Backup, type BackupFile, SagekeepError } from '@sagekeep/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { checkedStream } from '../http/checkedStream.ts';
import { IdParams, problems, Streamed } from '../http/docs.ts';
import { findBackup } from '../http/known.ts';
import { type ByteRange, parseRange } from '../http/range.ts';

/** `GET /v1/backups/{id}/files/{name}`: a file of a backup with its digest; single ranges, HEAD, conditions. */
export function fileRoutes(app: Api, dependencies: ApiDependencies): void {
  const content = { 'application/octet-stream': { schema: Streamed } };
  app.get(
    '/backups/:id/files/:name',
    {
      schema: {
        tags: ['backups'],
        summary: 'A file of a backup, as stored; a download that breaks off was damaged or interrupted',
        params: IdParams.extend({ name: z.string().max(300) }),
        response: {
          200: { description: 'The file; its SHA-256 is in Repr-Digest, Digest and ETag', content },
          206: { description: 'The range that was asked for', content },
          304: z.undefined().describe('The caller has it already'),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const backup = await findBackup(dependencies.vault, request.params.id);
      const file = findFile(backup, request.params.name);
      assertMayHave(request, file);
      const key = dependencies.vault.catalogue.fileKey(backup, file.name);
      describeFile(reply, file);
      if (matches(request.headers['if-none-match'], etagOf(file))) return reply.code(304).send();
      return sendFile({ request, reply, dependencies, key, file });
    },
  );
}

/** Stored passwords can be guessed at leisure by whoever has them. */
function assertMayHave({ identity }: FastifyRequest, file: BackupFile): void {
  if (file.format !== 'globals' || identity?.role === 'operator') return;
  throw new SagekeepError(
    'FORBIDDEN',
    `${identity?.name ?? 'nobody'} is a viewer; ${file.name} may hold stored passwords and is for operators only`,
    { advice: 'use the token or login of an operator' },
  );
}

interface Sending {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly dependencies: ApiDependencies;
  readonly key: string;
  readonly file: BackupFile;
}

async function sendFile(sending: Sending): Promise<FastifyReply> {
  const { request, reply, file } = sending;
  const range = wantedRange(request, file);
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${file.bytes}`);
    throw unsatisfiable(file);
  }
  if (range !== null)
    reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.bytes}`);
  reply.header('content-length', range === null ? file.bytes : range.end - range.start + 1);
  if (request.method === 'HEAD') return reply.send(Readable.from([]));
  return range === null ? sendWhole(sending) : sendRange(sending, range);
}

async function sendRange({ reply, dependencies, key }: Sending, range: ByteRange): Promise<FastifyReply> {
  return reply.send(await dependencies.vault.storage.open(key, range));
}

async function sendWhole({ request, reply, dependencies, key, file }: Sending): Promise<FastifyReply> {
  const stored = await dependencies.vault.storage.open(key);
  const checked = checkedStream(file.name, file.sha256);
  pipeline(stored, checked, (error) => {
    if (error?.name !== 'SagekeepError') return;
    dependencies.log.error(
      { err: error, file: file.name, requestId: request.id },
      'a damaged file was asked for',
    );
  });
  return reply.send(checked);
}

function findFile(backup: Backup, name: string): BackupFile {
  const { id, files } = backup.manifest;
  const file = files.find((candidate) => candidate.name === name);
  if (file !== undefined) return file;
  const known = files.map((candidate) => candidate.name);
  throw new SagekeepError('UNKNOWN_FILE', `${id} has no file "${name}"`, {
    advice: `its files are: ${known.join(', ')}`,
    facts: { known },
  });
}

function describeFile(reply: FastifyReply, file: BackupFile): void {
  const digest = Buffer.from(file.sha256, 'hex').toString('base64');
  reply
    .header('content-type', 'application/octet-stream')
    .header('content-disposition', `attachment; filename="${file.name}"`)
    .header('accept-ranges', 'bytes')
    .header('etag', etagOf(file))
    .header('repr-digest', `sha-256=:${digest}:`)
    .header('digest', `SHA-256=${digest}`)
    .header('cache-control', 'private, no-cache');
}

/** `If-Range` that names another content asks for the whole of this one. */
function wantedRange(request: FastifyRequest, file: BackupFile): ByteRange | 'unsatisfiable' | null {
  const condition = request.headers['if-range'];
  if (condition !== undefined && condition !== etagOf(file)) return null;
  return parseRange(request.headers.range, file.bytes);
}

function etagOf(file: BackupFile): string {
  return `"${file.sha256}"`;
}

function matches(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',') ?? [];
  return tags.some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim()));
}

function unsatisfiable(file: BackupFile): Error {
  const message = `${file.name} has ${file.bytes} bytes; the range lies beyond them`;
  return Object.assign(new Error(message), { statusCode: 416 });
}
