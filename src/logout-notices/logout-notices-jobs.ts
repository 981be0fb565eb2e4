import type { JobKind } from '../platform/jobs/jobs.ts';
import type { IssueLogoutToken } from './deliver-notices.ts';
import type { LogoutNotices } from './create-logout-notices.ts';
import { DELIVER_JOB } from './logout-notice.ts';

// An app that does not answer occupies a worker for some seconds.
const DELIVERED_AT_ONCE = 16;

interface JobsInput {
  readonly logoutNotices: Pick<LogoutNotices, 'deliver' | 'queueDue' | 'purge'>;
  readonly issueToken: IssueLogoutToken;
}

/** The jobs that deliver notices and delete old ones. */
export function logoutNoticesJobs({ logoutNotices, issueToken }: JobsInput): readonly JobKind[] {
  return [
    {
      name: DELIVER_JOB,
      concurrency: DELIVERED_AT_ONCE,
      run: ({ clientId }, { signal }) =>
        logoutNotices.deliver({ clientId: String(clientId), issueToken, signal }),
    },
    {
      name: 'queue-logout-notices',
      schedule: '* * * * *',
      run: () => logoutNotices.queueDue(),
    },
    { name: 'purge-logout-notices', schedule: '47 * * * *', run: () => logoutNotices.purge() },
  ];
}
