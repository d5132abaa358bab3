import { type DatabaseConfig, SagekeepError } from '@sagekeep/contracts';

/** Why a database without a URL cannot be worked with here: of a labelled container another worker, or a later try, may. */
export function noUrl({ name, unreachable }: DatabaseConfig): SagekeepError {
  if (unreachable !== undefined) {
    const { why, advice } = unreachable;
    return new SagekeepError('SERVER_UNREACHABLE', why, { retryable: true, advice });
  }
  return new SagekeepError('CONFIGURATION_INVALID', `The database ${name} has no URL here.`, {
    advice: `Set databases.${name}.url_file, or DATABASE_URL: where the work is done, in a worker or offline.`,
  });
}
