import { type DatabaseConfig, jobCatalogue, SagekeepError, type ScheduleBody } from '@sagekeep/contracts';
import { timeFaults } from './check.ts';

/** Throws `INVALID_INPUT` that names every field at fault, or `UNKNOWN_DATABASE`. */
export function checkBody(body: ScheduleBody, databases: readonly DatabaseConfig[]): void {
  const payload = jobCatalogue[body.job].payload.safeParse(body.payload);
  const inPayload = payload.success
    ? []
    : payload.error.issues.map((issue) => ({
        field: ['payload', ...issue.path.map(String)].join('.'),
        message: issue.message,
      }));
  const errors = [...timeFaults({ cron: body.cron, timezone: body.timezone }), ...inPayload];
  if (errors.length > 0)
    throw new SagekeepError(
      'INVALID_INPUT',
      `The schedule was not accepted: ${errors.map(({ field, message }) => `${field}: ${message}`).join('; ')}.`,
      { advice: 'Correct the named fields and send it again.', facts: { errors } },
    );
  const database = body.payload['database'];
  const known = databases.map(({ name }) => name);
  if (typeof database === 'string' && !known.includes(database))
    throw new SagekeepError('UNKNOWN_DATABASE', `There is no database "${database}".`, {
      advice: `Known are: ${known.join(', ') || 'none'}.`,
      facts: { known },
    });
}
