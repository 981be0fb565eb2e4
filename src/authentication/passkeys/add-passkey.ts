import { randomBytes, randomUUID } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import { currentRequest } from '../../platform/request-context.ts';
import { defaultEmail, displayName } from '../../vault/index.ts';
import type { AuthenticationContext } from '../context.ts';
import { notify } from '../second-factors/recovery-codes.ts';
import { sealerOf } from '../second-factors/totp-credential.ts';
import { defaultPasskeyName } from './default-passkey-name.ts';
import { type Passkey, passkeyNameContext, presentPasskey } from './passkey.ts';
import { challengeOver, issueChallenge, openChallenge, useChallenge } from './passkey-challenge.ts';
import { createPasskeyStore, type StoredPasskey } from './passkey-store.ts';
import {
  type CreationOptions,
  creationOptions,
  type NewCredential,
  verifyCreation,
} from './webauthn.ts';

/** The number of passkeys of one account. */
export const MOST_PASSKEYS = 20;

const HANDLE_BYTES = 32;

interface OwnerInput {
  readonly accountId: string;
  readonly deviceId: string | null;
}

/** A passkey that the browser may create now. */
export interface PasskeyCreation {
  readonly options: CreationOptions;
  /** To send back with the answer of the authenticator, within ten minutes. */
  readonly ticket: string;
}

interface AddPasskeyInput extends OwnerInput {
  readonly ticket: string;
  /** The JSON of the `PublicKeyCredential` that the browser created. */
  readonly answer: unknown;
  /** The number under which the person proved the identity; absent: the session was checked by the caller. */
  readonly generation?: number;
  /** The methods of that proof (RFC 8176). */
  readonly amr?: readonly string[];
}

/**
 * Prepares a new passkey. The authenticator gets a random user handle in place of the id of the account.
 * @throws AppError `too_many_passkeys` (kind `conflict`).
 */
export async function startPasskey(
  ctx: AuthenticationContext,
  { accountId, deviceId }: OwnerInput,
): Promise<PasskeyCreation> {
  const store = createPasskeyStore(ctx.db);
  const existing = await store.list(accountId);
  if (existing.length >= MOST_PASSKEYS) throw tooMany();
  const { userHandle } = await store.ensureOwner(accountId, randomBytes(HANDLE_BYTES));
  const attributes = await ctx.vault.listAttributes(accountId);
  const name = displayName(attributes);
  const issued = issueChallenge(ctx, { use: 'create', accountId, deviceId });
  const options = await creationOptions({
    ...issued,
    relyingParty: ctx.relyingParty,
    user: { handle: userHandle, name: defaultEmail(attributes) ?? name, displayName: name },
    existing,
  });
  return { options, ticket: issued.ticket };
}

/**
 * Adds the passkey that the authenticator created: a discoverable credential with user verification. The owner gets a mail.
 * @throws AppError `passkey_expired` (kind `gone`), `passkey_refused` (kind `invalid`) for an answer that is not right for this site,
 *   `passkey_exists`, `too_many_passkeys` (kind `conflict`), `fresh_sign_in_required` (kind `forbidden`) for a proof of one step when
 *   the sign-in has two.
 */
export async function addPasskey(
  ctx: AuthenticationContext,
  input: AddPasskeyInput,
): Promise<Passkey> {
  const { accountId, deviceId, ticket, answer, generation, amr } = input;
  const opened = openChallenge(ctx, { ticket, use: 'create', accountId, deviceId });
  const { challenge } = opened;
  const credential = await verifyCreation({ relyingParty: ctx.relyingParty, challenge, answer });
  if (credential === null) throw new AppError('invalid', 'passkey_refused');
  const sealer = await sealerOf(ctx, accountId);
  const id = randomUUID();
  const name = defaultPasskeyName(credential.aaguid, currentRequest()?.userAgent ?? '');
  const sealedName =
    name === null ? null : sealer.seal(name, passkeyNameContext({ accountId, id }));
  const passkey = newPasskey(credential, { id, accountId, sealedName, createdAt: ctx.clock.now() });
  await ctx.db.transaction(async (tx) => {
    const store = createPasskeyStore(tx);
    await ctx.accounts.lock(tx, accountId);
    const account = await ctx.accounts.hold(tx, accountId);
    const isCutOff = account?.proofGeneration !== (generation ?? account?.proofGeneration);
    if (account?.status !== 'active' || isCutOff) throw challengeOver();
    if (amr !== undefined && account.secondFactorSince !== null && !hasBothSteps(amr))
      throw new AppError('forbidden', 'fresh_sign_in_required');
    if (!(await useChallenge(tx, opened))) throw challengeOver();
    if ((await store.list(accountId)).length >= MOST_PASSKEYS) throw tooMany();
    if (!(await store.insert(passkey))) throw new AppError('conflict', 'passkey_exists');
    await ctx.audit.record(tx, { kind: 'passkey.added', accountId });
    await notify(ctx, tx, { accountId, template: 'passkey-added', values: {} });
  });
  return presentPasskey(sealer, passkey);
}

/** A trusted browser needs one step to sign in, and both to add a way of signing in. */
function hasBothSteps(amr: readonly string[]): boolean {
  return amr.includes('mfa') || amr.includes('mca');
}

function newPasskey(
  credential: NewCredential,
  own: Pick<StoredPasskey, 'id' | 'accountId' | 'sealedName' | 'createdAt'>,
): StoredPasskey {
  return { ...credential, ...own, lastUsedAt: null, blockedAt: null };
}

function tooMany(): AppError {
  return new AppError('conflict', 'too_many_passkeys');
}
