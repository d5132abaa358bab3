import type { Role } from '@sagekeep/contracts';

/** Who asks, as the configuration names them, and what they may do. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
  /** How they proved it. Browsers add the last two by themselves, so these need a check of the request's origin. */
  readonly by: 'token' | 'basic' | 'cookie';
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until the guard has run, and on open routes. */
    identity: Identity | null;
  }
}

/** The name that audit lines, marks and jobs carry. */
export function actorOf(request: { identity: Identity | null }): string {
  return request.identity?.name ?? 'unknown';
}
