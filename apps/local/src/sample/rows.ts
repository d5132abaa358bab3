import { createExchange } from './conversations.ts';
import type { Random } from './random.ts';

export interface SessionRow {
  readonly id: string;
  readonly name: string;
  readonly metadata: string;
  readonly createdAt: string;
}

export interface MemoryRow {
  readonly id: string;
  readonly sessionId: string | null;
  readonly input: string;
  readonly answer: string;
  /** pgvector's text form, or null: not vectorised yet. */
  readonly embedding: string | null;
  readonly metadata: string;
  readonly createdAt: string;
}

const dimensions = 4096;
const begin = Date.UTC(2026, 0, 5, 8);
const minute = 60_000;

export function createSession(random: Random, index: number): SessionRow {
  return {
    id: `session-${String(index + 1).padStart(4, '0')}`,
    name: index % 2 === 0 ? `对话 ${index + 1}` : `Conversation ${index + 1}`,
    metadata: JSON.stringify({
      client: random.pick(['cli', 'web', 'ide']),
      locale: random.pick(['zh-CN', 'en-GB']),
    }),
    createdAt: new Date(begin + index * 60 * minute).toISOString(),
  };
}

/** About one in sixteen has no embedding, one in fifty no session. */
export function createMemory(random: Random, index: number, sessions: readonly SessionRow[]): MemoryRow {
  const { input, answer, language, topic } = createExchange(random);
  const session = sessions[random.below(sessions.length)];
  return {
    id: createUuid(random),
    sessionId: random.next() < 0.02 ? null : (session?.id ?? null),
    input,
    answer,
    embedding: random.next() < 1 / 16 ? null : createEmbedding(random),
    metadata: JSON.stringify({ language, topic, turn: index }),
    createdAt: new Date(begin + index * 7 * minute + random.below(minute)).toISOString(),
  };
}

function createEmbedding(random: Random): string {
  const numbers = Array.from({ length: dimensions }, () => (random.below(2001) - 1000) / 20_000);
  return `[${numbers.join(',')}]`;
}

function createUuid(random: Random): string {
  const digits = Array.from({ length: 30 }, () => random.below(16).toString(16)).join('');
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(12, 15)}`,
    `a${digits.slice(15, 18)}`,
  ];
  return [...parts, digits.slice(18, 30)].join('-');
}
