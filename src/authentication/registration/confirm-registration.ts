import { type Account, isProofCurrent } from '../../accounts/index.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import type { FromBrowser } from '../sign-in/browser.ts';
import { completeSignIn } from '../sign-in/complete-sign-in.ts';
import type { RequiredProof, SignInOutcome } from '../sign-in/sign-in-outcome.ts';
import { needsSecondStep } from '../second-factors/needs-second-step.ts';
import { issueTicket } from '../second-factors/second-step-ticket.ts';
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
  /** By default `usual`. */
  readonly required?: RequiredProof;
}

interface SignInByLinkInput extends FromBrowser {
  /** The random value in the link of a sign-in mail. */
  readonly link: string;
  readonly ip: string;
  /** By default `usual`. */
  readonly required?: RequiredProof;
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
): Promise<CodeSignIn> {
  await limitRequests(ctx, 'code', input.ip);
  const { registrationId: flowId, code: entered, deviceId = null, required = 'usual' } = input;
  const codes = createCodeStore(ctx.db);
  const requested = await codes.findRequested(flowId);
  const purpose = requested?.purpose === 'registration' ? 'registration' : 'sign_in';
  return finish(ctx, {
    deviceId,
    required,
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
  { link, ip, deviceId = null, required = 'usual' }: SignInByLinkInput,
): Promise<CodeSignIn> {
  await limitRequests(ctx, 'link', ip);
  const row = await createLinkStore(ctx.db).find(linkFingerprint(link), ctx.clock.now());
  const purpose = row?.purpose === 'registration' ? 'registration' : 'sign_in';
  if (row === null || row.expiresAt <= ctx.clock.now()) throw codeError(DEAD);
  return finish(ctx, {
    deviceId,
    required,
    isSignIn: purpose === 'sign_in',
    prove: (tx) => useLink(ctx, tx, { link, purpose, deviceId }),
  });
}

/** A person who signs in by a code, or is registered by it. */
type CodeSignIn = Exclude<SignInOutcome, { readonly status: 'deleted' }>;

interface Finishing {
  readonly deviceId: string | null;
  readonly required: RequiredProof;
  /** A proof for signing in; else for a registration alone. */
  readonly isSignIn: boolean;
  readonly prove: (tx: Database) => Promise<CodeOutcome>;
}

async function finish(ctx: AuthenticationContext, finishing: Finishing): Promise<CodeSignIn> {
  const { deviceId, required, isSignIn, prove } = finishing;
  const result = await ctx.db.transaction(async (tx) => {
    const right = await prove(tx);
    if (right.kind !== 'right') return right;
    const { accountId, generation, address } = right;
    if (accountId === null) return DEAD;
    const proven = { ...right, accountId };
    const owner = isSignIn ? await findOwner(ctx, tx, proven) : null;
    const proof: Proof = { accountId, amr: ['otp'], generation };
    if (owner !== null && (await needsSecondStep(ctx, tx, { account: owner, required, deviceId })))
      return { kind: 'done', outcome: issueTicket(ctx, { proof, cleared: [], deviceId }) } as const;
    const attributeId = right.flowId;
    const isActive =
      owner !== null || (await activateRegistration(ctx, tx, { accountId, attributeId, address }));
    if (!isActive) return DEAD;
    await completeSignIn(ctx, tx, { proof, deviceId, target: null });
    return { kind: 'done', outcome: { status: 'signed_in', ...proof } } as const;
  });
  if (result.kind !== 'done') throw codeError(result);
  return result.outcome;
}

const DEAD = { kind: 'dead' } as const;

type RightCode = Extract<CodeOutcome, { kind: 'right' }> & { readonly accountId: string };

/** The active account for which the code was sent, if the address still belongs to it. */
async function findOwner(
  ctx: AuthenticationContext,
  tx: Database,
  { accountId, address, generation }: RightCode,
): Promise<Account | null> {
  const account = await ctx.accounts.hold(tx, accountId);
  const owner = await ctx.vault.findIdentifierIn(tx, address);
  if (account?.status !== 'active' || !isProofCurrent(account, generation)) return null;
  return owner?.accountId === accountId ? account : null;
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
