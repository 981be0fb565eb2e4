import { deletionsJobs } from './deletions/deletions-jobs.ts';
import { ledgerJobs } from './ledger/ledger-jobs.ts';
import type { MailDelivery } from './mail-delivery.ts';
import type { JobKind } from './platform/jobs.ts';
import type { Connected } from './services.ts';
import { avatarJobs } from './vault/avatar-jobs.ts';

/** Everything that is done in the background, in this process or another one. */
export function allJobs(connected: Connected, mail: MailDelivery): readonly JobKind[] {
  const { tokens, sessions, authentication } = connected;
  return [
    ...mail.jobs,
    ...deletionsJobs(connected),
    { name: 'purge-tokens', schedule: '*/10 * * * *', run: () => tokens.purgeExpired() },
    { name: 'purge-sessions', schedule: '*/10 * * * *', run: () => sessions.purgeExpired() },
    { name: 'purge-sign-ups', schedule: '*/10 * * * *', run: () => authentication.purgeExpired() },
    ...ledgerJobs(connected),
    ...avatarJobs(connected.vault),
  ];
}
