import { CLIENT_DELETED_JOB } from '../../clients/index.ts';
import type { JobKind } from '../../platform/jobs/jobs.ts';
import type { Consents } from '../create-consents.ts';
import { NOTIFY_CLIENT_JOB } from './notify-client-of-pauses.ts';

/** The scheduled jobs of consents. */
export function consentsJobs({
  consents,
}: {
  readonly consents: Pick<
    Consents,
    'pauseUnused' | 'recordExpirations' | 'endOfApp' | 'notifyClientOfPauses'
  >;
}): readonly JobKind[] {
  return [
    {
      name: 'tell-expired-consents',
      schedule: '*/10 * * * *',
      run: (_data, { signal }) => consents.recordExpirations(signal),
    },
    {
      name: 'pause-unused-consents',
      schedule: '23 * * * *',
      run: (_data, { signal }) => consents.pauseUnused(signal),
    },
    {
      name: CLIENT_DELETED_JOB,
      run: ({ clientId }, { signal }) => consents.endOfApp(String(clientId), signal),
    },
    {
      name: NOTIFY_CLIENT_JOB,
      run: ({ clientId, since }) =>
        consents.notifyClientOfPauses({ clientId: String(clientId), since: String(since) }),
    },
  ];
}
