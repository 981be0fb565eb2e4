import { AppError, isAppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { activateRegistration } from './confirm-registration.ts';
import { openAddress } from './guess-code.ts';
import { linkFingerprint } from './issue-code.ts';
import { createLinkStore } from './link-store.ts';
import { provenEmails } from './notify-holder.ts';
import { type CodeRow, createOneTimeCodeStore } from './one-time-code-store.ts';
import { isCutOff, proveAttribute } from './prove-attribute.ts';

export interface LinkInput {
  /** What is in the link. */
  readonly link: string;
  readonly ip: string;
}

/** What a link proves, for whoever holds it: nothing beyond the mail it came in. */
export interface LinkDescription {
  readonly purpose: 'registration' | 'attribute';
  readonly email: string;
}

/** Looks a link up. Changes nothing, however often it is called: mail scanners open links. Null when it is dead. */
export async function describeLink(
  parts: AuthenticationParts,
  { link, ip }: LinkInput,
): Promise<LinkDescription | null> {
  await parts.rateLimiter.consume({ name: 'link', key: ip, points: 60, perSeconds: 600 });
  const row = await createLinkStore(parts.db).find(linkFingerprint(link), parts.clock.now());
  if (row?.accountId == null) return null;
  const account = await parts.accounts.find(row.accountId);
  return account === null || isCutOff(account, row.createdAt) ? null : describe(parts, row);
}

/**
 * Proves the address a link was mailed to, for the account and purpose it was made for. Nobody is signed in by it.
 * @throws AppError `link_dead` (kind `gone`) when it was used, is too old, or what it was for has changed; `address_taken`.
 */
export async function confirmLink(
  parts: AuthenticationParts,
  { link, ip }: LinkInput,
): Promise<LinkDescription> {
  await parts.rateLimiter.consume({ name: 'link', key: ip, points: 60, perSeconds: 600 });
  const found = await createLinkStore(parts.db).find(linkFingerprint(link), parts.clock.now());
  if (found?.accountId == null) throw dead();
  const told = await provenEmails(parts, found.accountId);
  try {
    await parts.db.transaction((tx) => useLink(parts, tx, { link, found, told }));
  } catch (error) {
    // Whoever holds the mail only is not told what has become of the account.
    if (STALE.some((code) => isAppError(error, code))) throw dead(error);
    throw error;
  }
  return describe(parts, found);
}

const STALE = [
  'value_changed',
  'attribute_not_found',
  'account_not_found',
  'account_inactive',
  'code_dead',
];

interface FoundLink {
  readonly link: string;
  readonly found: CodeRow;
  readonly told: readonly string[];
}

async function useLink(
  parts: AuthenticationParts,
  tx: Database,
  { link, found, told }: FoundLink,
): Promise<void> {
  const { accountId, flowId, addressIndex, createdAt, purpose } = found;
  await createOneTimeCodeStore(tx).lockAddress(addressIndex);
  const isUsed = await createLinkStore(tx).use(linkFingerprint(link), parts.clock.now());
  if (!isUsed || accountId === null) throw dead();
  const address = openAddress(parts, found);
  if (purpose === 'registration') {
    const isActivated = await activateRegistration(parts, tx, {
      accountId,
      attributeId: flowId,
      email: address.value,
    });
    if (!isActivated) throw dead();
    return;
  }
  await proveAttribute(parts, tx, {
    accountId,
    attributeId: flowId,
    address,
    issuedAt: createdAt,
    told,
  });
}

function describe(parts: AuthenticationParts, row: CodeRow): LinkDescription {
  const { purpose } = row;
  if (purpose !== 'registration' && purpose !== 'attribute') {
    throw new Error(`a code for ${purpose} has no link`);
  }
  return { purpose, email: openAddress(parts, row).value };
}

function dead(cause?: unknown): AppError {
  return new AppError('gone', 'link_dead', { cause });
}
