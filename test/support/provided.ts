/** What the global set-up tells the tests; `inject('…')` is typed by it. */
declare module 'vitest' {
  export interface ProvidedContext {
    /** One for each worker of vitest. */
    postgresUrls: string[];
    redisUrl: string;
  }
}

/** Names of the template databases in the run's PostgreSQL. */
export const templates = { empty: 'sagekeep_template_empty', sample: 'sagekeep_template_sample' } as const;
export type Template = keyof typeof templates;

/** The owner of the sample template; it may log in and create databases, and is no superuser. */
export const sage = { role: 'sage', password: 'sage-of-the-tests' } as const;
