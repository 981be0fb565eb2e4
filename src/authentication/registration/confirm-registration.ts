import { isProofCurrent } from '../../accounts/index.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import type { FromBrowser } from '../sign-in/browser.ts';
import { completeSignIn } from '../sign-in/complete-sign-in.ts';
import { codeError, checkCode, type CodeOutcome, useLink } from '../proofs/check-code.ts';
import { createCodeStore } from '../proofs/code-store.ts';
import { linkFingerprint } from '../proofs/issue-code.ts';
import { createLinkStore } from '../proofs/link-store.ts';
import type { Address } from '../proofs/proof-code.ts';
import type { Proof } from '../proofs/proof.ts';
import { FALLBACK_LOCALE } from '../../platform/languages.ts';

interface ConfirmRegistrationInput extends FromBrowser {
  readonly registrationId: string;
  readonly code: string;
  readonly ip: string;
}

interface SignInByLinkInput extends FromBrowser {
  /** The random value in the link of a sign-in mail. */
  readonly link: string;
  readonly ip: string;
}

/**
 * Proves the address by its code: the account becomes active and the address an identifier. A code for signing in does
 * the same for a new address, and signs in the person who has a known address.
 * @throws AppError `code_wrong` (kind `invalid`, field `code`), `code_expired` (kind `gone`: too old, used, or three wrong attempts),
 * `code_locked` (kind `too_many`), `address_taken`.
 */
export async function confirmRegistration(
  ctx: AuthenticationContext,
  input: ConfirmRegistrationInput,
): Promise<Proof> {
  await limitRequests(ctx, 'code', input.ip);
  const { registrationId: flowId, code: entered, deviceId = null } = input;
  const codes = createCodeStore(ctx.db);
  const requested = await codes.findRequested(flowId);
  const purpose = requested?.purpose === 'registration' ? 'registration' : 'sign_in';
  return finish(ctx, {
    deviceId,
    isSignIn: purpose === 'sign_in',
    prove: (tx) => checkCode(ctx, tx, { flowId, purpose, code: entered, deviceId }),
  });
}

/**
 * Signs in by the link that was mailed beside the code, in the browser that requested it and as long as the code is valid. The
 * link of a registration also makes its account active.
 * @throws AppError `code_expired` (kind `gone`).
 */
export async function signInByLink(
  ctx: AuthenticationContext,
  { link, ip, deviceId = null }: SignInByLinkInput,
): Promise<Proof> {
  await limitRequests(ctx, 'link', ip);
  const row = await createLinkStore(ctx.db).find(linkFingerprint(link), ctx.clock.now());
  const purpose = row?.purpose === 'registration' ? 'registration' : 'sign_in';
  if (row === null || row.expiresAt <= ctx.clock.now()) throw codeError(DEAD);
  return finish(ctx, {
    deviceId,
    isSignIn: purpose === 'sign_in',
    prove: (tx) => useLink(ctx, tx, { link, purpose, deviceId }),
  });
}

interface Finishing {
  readonly deviceId: string | null;
  /** A proof for signing in; else for a registration alone. */
  readonly isSignIn: boolean;
  readonly prove: (tx: Database) => Promise<CodeOutcome>;
}

async function finish(ctx: AuthenticationContext, finishing: Finishing): Promise<Proof> {
  const { deviceId, isSignIn, prove } = finishing;
  const outcome = await ctx.db.transaction(async (tx) => {
    const result = await prove(tx);
    if (result.kind !== 'right') return result;
    const { accountId, generation, address } = result;
    if (accountId === null) return DEAD;
    const proven = { ...result, accountId };
    const isKnown = isSignIn && (await isOwner(ctx, tx, proven));
    const attributeId = result.flowId;
    const isActive =
      isKnown || (await activateRegistration(ctx, tx, { accountId, attributeId, address }));
    if (!isActive) return DEAD;
    const proof: Proof = { accountId, amr: ['otp'], generation };
    await completeSignIn(ctx, tx, { proof, deviceId, target: null });
    return { kind: 'signed_in', proof } as const;
  });
  if (outcome.kind !== 'signed_in') throw codeError(outcome);
  return outcome.proof;
}

const DEAD = { kind: 'dead' } as const;

type RightCode = Extract<CodeOutcome, { kind: 'right' }> & { readonly accountId: string };

/** Does the address still belong to the active account for which the code was sent? */
async function isOwner(
  ctx: AuthenticationContext,
  tx: Database,
  { accountId, address, generation }: RightCode,
): Promise<boolean> {
  const account = await ctx.accounts.hold(tx, accountId);
  const owner = await ctx.vault.findIdentifierIn(tx, address);
  if (account?.status !== 'active' || !isProofCurrent(account, generation)) return false;
  return owner?.accountId === accountId;
}

/** Makes a temporary account active by its proven address, and mails a welcome to it. @returns false when it is not temporary any more. */
export async function activateRegistration(
  ctx: AuthenticationContext,
  tx: Database,
  input: { readonly accountId: string; readonly attributeId: string; readonly address: Address },
): Promise<boolean> {
  const { accountId, attributeId, address } = input;
  const account = await ctx.accounts.hold(tx, accountId);
  if (account?.status !== 'temporary') return false;
  await ctx.vault.makeKeyLasting(tx, accountId);
  await ctx.vault.markVerified(tx, { accountId, attributeId, value: address.value });
  await ctx.accounts.setStatus(tx, { accountId, status: 'active' });
  await ctx.audit.record(tx, { kind: 'account.registered', accountId });
  if (address.kind === 'email') {
    const welcome = { template: 'welcome', locale: account.locale ?? FALLBACK_LOCALE, values: {} };
    await ctx.mailer.enqueue(tx, { to: address.value, ...welcome });
  }
  return true;
}
