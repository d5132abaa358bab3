/**
 * What packages may ask of a logger; pino satisfies it. Messages are static texts, facts go into fields.
 */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
  child(bindings: Record<string, unknown>): Log;
}
