import { randomBytes } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import { fingerprint } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { browserOf, isRequester } from '../sign-in/browser.ts';
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
  /** Fingerprint, in base64url. */
  readonly browser: string | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

type Sealing = Pick<AuthenticationContext, 'transientSealer' | 'clock'>;

const BYTES = 32;
const LIFE_MS = 600_000;
const CONTEXT = 'passkey challenge';

/** Draws a challenge of 256 bits for ten minutes (WebAuthn Level 3 §13.4.3). The server stores nothing before it is answered. */
export function issueChallenge(
  { transientSealer, clock }: Sealing,
  { use, accountId, deviceId }: ChallengePlace,
): IssuedChallenge {
  const challenge = randomBytes(BYTES);
  const content: Content = {
    use,
    accountId,
    challenge: challenge.toString('base64url'),
    browser: browserOf({ deviceId })?.toString('base64url') ?? null,
    expiresAt: clock.now().getTime() + LIFE_MS,
  };
  const ticket = transientSealer.seal(JSON.stringify(content), CONTEXT).toString('base64url');
  return { challenge, ticket, timeoutMs: LIFE_MS };
}

/** @throws AppError `passkey_expired` (kind `gone`) for a ticket that is too old, not ours, or of another browser, account or step. */
export function openChallenge(
  { transientSealer, clock }: Sealing,
  { ticket, use, accountId, deviceId }: ChallengePlace & { readonly ticket: string },
): OpenChallenge {
  let content: Content;
  try {
    const opened = transientSealer.open(Buffer.from(ticket, 'base64url'), CONTEXT);
    content = JSON.parse(opened.toString('utf8')) as Content;
  } catch (error) {
    throw challengeOver(error);
  }
  const { browser, challenge, expiresAt } = content;
  const isElsewhere =
    browser !== null && !isRequester(Buffer.from(browser, 'base64url'), { deviceId });
  const isOfOther = content.use !== use || content.accountId !== accountId;
  if (isElsewhere || isOfOther || expiresAt <= clock.now().getTime()) throw challengeOver();
  return { challenge, expiresAt: new Date(expiresAt) };
}

/** Uses a challenge up, in the commit of its answer. @returns false when an answer was accepted before, at any node. */
export async function useChallenge(
  tx: Database,
  { challenge, expiresAt }: OpenChallenge,
): Promise<boolean> {
  return createPasskeyChallengeStore(tx).use(fingerprint(challenge), expiresAt);
}

/** The failure of a challenge that cannot be answered any more. */
export function challengeOver(cause?: unknown): AppError {
  return new AppError('gone', 'passkey_expired', { cause });
}
