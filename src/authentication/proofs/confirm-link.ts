import { isProofCurrent } from '../../accounts/index.ts';
import { AppError, isAppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import { type FromBrowser, isRequester } from '../sign-in/browser.ts';
import { activateRegistration } from '../registration/confirm-registration.ts';
import { requireAcceptablePassword } from '../passwords/password-policy.ts';
import { openAddress } from './check-code.ts';
import { interactionOf, linkFingerprint } from './issue-code.ts';
import { createLinkStore } from './link-store.ts';
import { noticeAddresses } from '../notify-account-owner.ts';
import { createCodeStore } from './code-store.ts';
import type { CodePurpose, ProofCode } from './proof-code.ts';
import { createPasswordStore } from '../passwords/password-store.ts';
import { proveAttribute } from './prove-attribute.ts';

export interface LinkInput extends FromBrowser {
  /** The random value in the link. */
  readonly link: string;
  /** The account that is signed in at the browser that opened the link; null: none. */
  readonly accountId: string | null;
  readonly ip: string;
}

interface ConfirmLinkInput extends LinkInput {
  /** Needed for a registration that was begun in another browser. */
  readonly newPassword?: string | undefined;
}

/**
 * The use of a link in the browser that opened it. Reading the mail proves control of the address only, and not that the reader agrees
 * to an action that another person began.
 *
 * `confirm`: the address is proven by one button. `choose_password`: a registration that was begun in another browser;
 * a new password replaces the one that was entered there. `continue`: continues the sign-in or reset that waits in this
 * browser. `elsewhere`: the link works only in the browser, or for the account, that requested it. `done`: the address was
 * proven by this link, or by the code in the same mail.
 */
type LinkUse = 'confirm' | 'choose_password' | 'continue' | 'elsewhere' | 'done';

/** The address that a link proves, and the way to prove it. */
export interface LinkDescription {
  readonly purpose: CodePurpose;
  readonly use: LinkUse;
  readonly email: string;
  /** The interaction that continues after the use. */
  readonly interactionUid: string | null;
  /** The link signs in, as the code in the same mail does and for as long. */
  readonly signsIn: boolean;
}

/** The proven address. */
interface ConfirmedLink {
  readonly purpose: 'registration' | 'attribute';
  readonly email: string;
}

/** Looks a link up without changing anything, because mail scanners open links. Null when it is not valid. */
export async function describeLink(
  ctx: AuthenticationContext,
  input: LinkInput,
): Promise<LinkDescription | null> {
  const { link, ip } = input;
  await limitRequests(ctx, 'link', ip);
  const now = ctx.clock.now();
  const row = await createLinkStore(ctx.db).findKnown(linkFingerprint(link), now);
  if (row?.accountId == null) return null;
  const account = await ctx.accounts.find(row.accountId);
  if (account === null) return null;
  const isUseless =
    row.usedAt === null ? !isProofCurrent(account, row.generation) : account.status === 'temporary';
  if (isUseless) return null;
  const use = row.usedAt === null ? useOf(row, input) : useAfterwards(row, input);
  if (use === null) return null;
  return {
    purpose: row.purpose,
    use,
    email: openAddress(ctx, row).value,
    interactionUid: interactionOf(link),
    signsIn: SIGNS_IN.has(row.purpose) && use !== 'choose_password' && row.expiresAt > now,
  };
}

const SIGNS_IN: ReadonlySet<CodePurpose> = new Set(['registration', 'sign_in']);

/** The use of a link that was used before: `done` in a browser in which it could have confirmed the address; else null, as for an invalid link. */
function useAfterwards(row: ProofCode, input: LinkInput): LinkUse | null {
  const use = useOf(row, input);
  return use === 'confirm' || use === 'choose_password' ? 'done' : null;
}

/**
 * Proves the address a link was mailed to, for the account and purpose it was made for. Does not sign in.
 * @throws AppError `link_expired` (kind `gone`) when it was used, is too old, has another purpose, or the account or value it was made for has changed;
 *   `link_elsewhere` (kind `forbidden`) for a value of an account that is not signed in here; `new_password_required` and
 *   `password_invalid` (field `newPassword`) for a registration from another browser; `address_taken`.
 */
export async function confirmLink(
  ctx: AuthenticationContext,
  input: ConfirmLinkInput,
): Promise<ConfirmedLink> {
  const { link, ip, newPassword } = input;
  await limitRequests(ctx, 'link', ip);
  const found = await createLinkStore(ctx.db).find(linkFingerprint(link), ctx.clock.now());
  if (found?.accountId == null) throw dead();
  const { purpose, accountId } = found;
  if (purpose !== 'registration' && purpose !== 'attribute') throw dead();
  const use = useOf(found, input);
  if (use === 'elsewhere') throw new AppError('forbidden', 'link_elsewhere');
  const email = openAddress(ctx, found).value;
  const hash = use === 'choose_password' ? await hashChosen(ctx, { newPassword, email }) : null;
  const notified = await noticeAddresses(ctx, accountId);
  try {
    await ctx.db.transaction((tx) => useUp(ctx, tx, { link, found, notified, hash }));
  } catch (error) {
    // The state of the account is not shown to a reader who has proven only access to the mail.
    if (STALE.some((code) => isAppError(error, code))) throw dead(error);
    throw error;
  }
  return { purpose, email };
}

const STALE = [
  'value_changed',
  'attribute_not_found',
  'account_not_found',
  'account_inactive',
  'code_expired',
];

function useOf({ purpose, requester, accountId }: ProofCode, input: LinkInput): LinkUse {
  const isHere = isRequester(requester, input);
  if (purpose === 'registration') return isHere ? 'confirm' : 'choose_password';
  if (purpose === 'attribute') {
    return isHere || accountId === input.accountId ? 'confirm' : 'elsewhere';
  }
  return isHere ? 'continue' : 'elsewhere';
}

/** Before the link is used: waiting for a hash must not occupy a database connection. */
async function hashChosen(
  ctx: AuthenticationContext,
  { newPassword, email }: { readonly newPassword: string | undefined; readonly email: string },
): Promise<string> {
  if (newPassword === undefined) {
    throw new AppError('invalid', 'new_password_required', {
      fields: { newPassword: 'value_required' },
    });
  }
  requireAcceptablePassword(ctx, {
    password: newPassword,
    personal: [email],
    role: 'only_factor',
    field: 'newPassword',
  });
  return ctx.hasher.hash(newPassword);
}

interface FoundLink {
  readonly link: string;
  readonly found: ProofCode;
  readonly notified: readonly string[];
  /** Of the password that replaces the first one; null: the first one stays. */
  readonly hash: string | null;
}

async function useUp(
  ctx: AuthenticationContext,
  tx: Database,
  { link, found, notified, hash }: FoundLink,
): Promise<void> {
  const { accountId, flowId, addressIndex, createdAt, generation } = found;
  await createCodeStore(tx).lockAddress(addressIndex);
  const isUsed = await createLinkStore(tx).use(linkFingerprint(link), ctx.clock.now());
  if (!isUsed || accountId === null) throw dead();
  const address = openAddress(ctx, found);
  const proven = { accountId, attributeId: flowId };
  if (found.purpose === 'attribute') {
    const proof = { ...proven, address, issuedAt: createdAt, generation, notified };
    return proveAttribute(ctx, tx, proof);
  }
  if (!(await activateRegistration(ctx, tx, { ...proven, address }))) throw dead();
  if (hash === null) return;
  await createPasswordStore(tx).save({ accountId, hash, changedAt: ctx.clock.now() });
  // Actions that were begun with the first password end with it.
  await ctx.accounts.signOutEverywhereIn(tx, { accountId });
}

function dead(cause?: unknown): AppError {
  return new AppError('gone', 'link_expired', { cause });
}
