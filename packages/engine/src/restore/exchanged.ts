import { SagekeepError } from '@sagekeep/contracts';

/** The retryable `OBJECT_BUSY` of a name that belongs to another database than the one that was looked at; `when` says since when, and that nothing was done. */
export function exchanged(name: string, when: string): SagekeepError {
  return new SagekeepError(
    'OBJECT_BUSY',
    `${JSON.stringify(name)} became another database ${when} and nothing has changed.`,
    {
      retryable: true,
      advice: 'Find out who drops or renames databases on this server; the job can be run again.',
    },
  );
}
