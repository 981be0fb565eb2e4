import { deletionsJobs } from '../deletions/index.ts';
import { consentsJobs } from '../consents/index.ts';
import { ledgerJobs } from '../ledger/index.ts';
import { exportsJobs } from '../exports/index.ts';
import { logoutNoticesJobs } from '../logout-notices/index.ts';
import type { Messaging } from './messaging.ts';
import type { Protocol } from '../oidc/http.ts';
import { measureRevocation } from '../oidc/index.ts';
import { signingKeyJobs } from '../platform/keys/signing-key-rotation.ts';
import type { JobKind } from '../platform/jobs/jobs.ts';
import { transientKeyJobs } from '../platform/keys/transient-keys.ts';
import type { Connected } from './services.ts';

export interface JobParts {
  readonly messaging: Pick<Messaging, 'jobs' | 'close'>;
  readonly protocol: Pick<Protocol, 'provider' | 'issueLogoutToken'>;
}

/** All background jobs, of this process or of a separate one. */
export function allJobs(
  connected: Connected,
  { messaging, protocol }: JobParts,
): readonly JobKind[] {
  const { tokens, sessions, authentication, vault } = connected;
  return [
    ...messaging.jobs,
    ...deletionsJobs(connected),
    ...exportsJobs(connected),
    ...transientKeyJobs(connected.transientKeys),
    ...signingKeyJobs({
      ...connected,
      rotationDays: connected.config.signingKeyDays,
      tokenSeconds: connected.config.sessionLives.person.total + connected.config.lifetimes.idToken,
    }),
    { name: 'purge-tokens', schedule: '*/10 * * * *', run: () => tokens.purgeExpired() },
    { name: 'purge-sessions', schedule: '*/10 * * * *', run: () => sessions.purgeExpired() },
    { name: 'purge-sign-ups', schedule: '*/10 * * * *', run: () => authentication.purgeExpired() },
    ...logoutNoticesJobs({ ...connected, issueToken: protocol.issueLogoutToken }),
    ...ledgerJobs(connected),
    ...consentsJobs(connected),
    ...(connected.config.measuresRevocation ? [measuring(connected, protocol)] : []),
    { name: 'tidy-avatar-files', schedule: '23 * * * *', run: () => vault.avatars.tidy() },
  ];
}

const MEASURING = 'measure-revocation';

/** Scheduled jobs that this version does not run: add the name of each job that a release removes. */
export function endedSchedules(config: Connected['config']): readonly string[] {
  return config.measuresRevocation ? [] : [MEASURING];
}

function measuring(connected: Connected, { provider }: Pick<Protocol, 'provider'>): JobKind {
  return {
    name: MEASURING,
    schedule: '*/5 * * * *',
    // The next run follows soon, so a failed measurement is not repeated.
    maxAttempts: 1,
    run: () => measureRevocation({ ...connected, provider }),
  };
}
