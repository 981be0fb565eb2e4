import { randomBytes, randomUUID } from 'node:crypto';

import type { Database } from '../../platform/postgres/postgres.ts';
import type { Attribute } from '../../vault/index.ts';
import type { AuthenticationContext } from '../context.ts';
import type { AlertKind } from './alert-kind.ts';
import { alertFingerprint, LINK_BYTES, sealRecipient } from './alert-link.ts';
import { createAlertStore } from './alert-store.ts';

/** The time in which an event can be reported. */
export const ALERT_SECONDS = 7 * 86_400;
/** The event is recorded a moment before its mail. */
const BEFORE_MS = 10_000;

interface OpenAlertInput {
  readonly accountId: string;
  readonly kind: AlertKind;
  /** The address of the mail. */
  readonly address: string;
}

/** Stores an alert in `tx`. @returns its link, which works once and for {@link ALERT_SECONDS}. */
export async function openAlert(
  { clock }: Pick<AuthenticationContext, 'clock'>,
  tx: Database,
  { accountId, kind, address }: OpenAlertInput,
): Promise<string> {
  const link = randomBytes(LINK_BYTES).toString('base64url');
  const now = clock.now().getTime();
  await createAlertStore(tx).insert({
    id: randomUUID(),
    accountId,
    kind,
    linkFingerprint: alertFingerprint(link),
    recipient: sealRecipient(link, address),
    happenedAt: new Date(now - BEFORE_MS),
    expiresAt: new Date(now + ALERT_SECONDS * 1000),
  });
  return link;
}

/**
 * The addresses whose reader may report an event: the one that was proven first, and those that were proven longer ago than a
 * report is possible. The address that an intruder has added cannot undo the steps with which the owner gets the account back.
 */
export function seniorAddresses(attributes: readonly Attribute[], now: Date): ReadonlySet<string> {
  const latest = now.getTime() - ALERT_SECONDS * 1000;
  const proven = attributes
    .flatMap(({ claim, value, verifiedAt }) =>
      claim === 'email' && verifiedAt !== null && typeof value === 'string'
        ? [{ value, provenAt: verifiedAt.getTime() }]
        : [],
    )
    .toSorted((one, other) => one.provenAt - other.provenAt);
  return new Set(
    proven
      .filter(({ provenAt }, position) => position === 0 || provenAt <= latest)
      .map(({ value }) => value),
  );
}
