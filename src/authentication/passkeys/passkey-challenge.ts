import { randomBytes } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import { fingerprint } from '../../platform/keys/encryption.ts';
import { openTicket, sealTicket } from '../../platform/keys/sealed-ticket.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { browserText, isForBrowser } from '../sign-in/browser.ts';
import { createPasskeyChallengeStore } from './passkey-challenge-store.ts';

/** The step that a challenge is for. An answer counts for no other one. */
export type ChallengeUse = 'create' | 'sign_in' | 'second_step';

interface ChallengePlace {
  readonly use: ChallengeUse;
  /** Null: the challenge of a sign-in names no account. */
  readonly accountId: string | null;
  /** The browser that requested it; null for a program. */
  readonly deviceId: string | null;
}

/** A new challenge. The page sends the ticket back with the answer. */
export interface IssuedChallenge {
  readonly challenge: Buffer;
  readonly ticket: string;
  readonly timeoutMs: number;
}

/** A challenge that may still be answered. */
export interface OpenChallenge {
  /** In base64url. */
  readonly challenge: string;
  readonly expiresAt: Date;
}

interface Content extends Pick<ChallengePlace, 'use' | 'accountId'> {
  readonly challenge: string;
  /** See `browserText`. */
  readonly browser: string | null;
}

type Sealing = Pick<AuthenticationContext, 'transientSealer' | 'clock'>;

const BYTES = 32;
const LIFE_MS = 600_000;
const CONTEXT = 'passkey challenge';

/** Draws a challenge of 256 bits for ten minutes (WebAuthn Level 3 §13.4.3). The server stores nothing before it is answered. */
export function issueChallenge(
  ctx: Sealing,
  { use, accountId, deviceId }: ChallengePlace,
): IssuedChallenge {
  const challenge = randomBytes(BYTES);
  const content: Content = {
    use,
    accountId,
    challenge: challenge.toString('base64url'),
    browser: browserText({ deviceId }),
  };
  const ticket = sealTicket(ctx, CONTEXT, { content, lifeMs: LIFE_MS });
  return { challenge, ticket, timeoutMs: LIFE_MS };
}

/** @throws AppError `passkey_expired` (kind `gone`) for a ticket that is too old, not ours, or of another browser, account or step. */
export function openChallenge(
  ctx: Sealing,
  { ticket, use, accountId, deviceId }: ChallengePlace & { readonly ticket: string },
): OpenChallenge {
  const content = openTicket<Content>(ctx, CONTEXT, ticket);
  if (content === null || !isForBrowser(content.browser, { deviceId })) throw challengeOver();
  if (content.use !== use || content.accountId !== accountId) throw challengeOver();
  return { challenge: content.challenge, expiresAt: new Date(content.expiresAt) };
}

/** Uses a challenge up, in the commit of its answer. @returns false when an answer was accepted before, at any node. */
export async function useChallenge(
  tx: Database,
  { challenge, expiresAt }: OpenChallenge,
): Promise<boolean> {
  return createPasskeyChallengeStore(tx).use(fingerprint(challenge), expiresAt);
}

/** The failure of a challenge that cannot be answered any more. */
export function challengeOver(): AppError {
  return new AppError('gone', 'passkey_expired');
}
