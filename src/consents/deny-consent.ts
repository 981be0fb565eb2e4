import type { ConsentDeps } from './consent-deps.ts';

export interface DenyConsentInput {
  readonly accountId: string;
  readonly clientId: string;
}

/** Records that the person refused an app. An earlier consent stays as it was. */
export async function denyConsent(
  deps: Pick<ConsentDeps, 'audit' | 'db'>,
  { accountId, clientId }: DenyConsentInput,
): Promise<void> {
  await deps.audit.record(deps.db, { kind: 'consent.denied', accountId, clientId });
}
