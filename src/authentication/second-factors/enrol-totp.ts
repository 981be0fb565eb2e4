import { AppError } from '../../platform/app-error.ts';
import { openTicket, sealTicket } from '../../platform/keys/sealed-ticket.ts';
import type { AuthenticationContext } from '../context.ts';
import { saveNewCodes, notify } from './recovery-codes.ts';
import { sealerOf } from './totp-credential.ts';
import { createTotpStore, totpContext } from './totp-store.ts';
import { createTotpSecret, findTotpStep } from './totp.ts';

/** A secret that waits for its first code. */
export interface TotpEnrolment {
  /** In base32, to type into the app. */
  readonly secret: string;
  /** Proves to {@link confirmTotp} for half an hour that this secret was made here for this account. */
  readonly ticket: string;
}

interface EnrolmentRef {
  readonly accountId: string;
  readonly ticket: string;
}

type Content = Pick<TotpEnrolment, 'secret'>;

const LIFE_MS = 1_800_000;

/**
 * Makes the secret of a new authenticator app. Nothing is stored until {@link confirmTotp}.
 * @throws AppError `authenticator_exists` (kind `conflict`).
 */
export async function startTotp(
  ctx: AuthenticationContext,
  { accountId }: { readonly accountId: string },
): Promise<TotpEnrolment> {
  refuseSecond(await createTotpStore(ctx.db).find(accountId));
  const content: Content = { secret: createTotpSecret() };
  const ticket = sealTicket(ctx, contextOf(accountId), { content, lifeMs: LIFE_MS });
  return { ...content, ticket };
}

/**
 * The secret of a ticket, until it is in use: then nothing shows it once more.
 * @throws AppError `authenticator_ticket_expired` (kind `gone`) when it is too old or of another account; `authenticator_exists`.
 */
export async function describeTotp(
  ctx: Pick<AuthenticationContext, 'db' | 'transientSealer' | 'clock'>,
  ref: EnrolmentRef,
): Promise<Pick<TotpEnrolment, 'secret'>> {
  refuseSecond(await createTotpStore(ctx.db).find(ref.accountId));
  return { secret: openSecret(ctx, ref) };
}

/**
 * Adds the authenticator app after its first right code. From then on a sign-in has a second step. The owner gets a mail.
 * @returns the recovery codes, which are shown once.
 * @throws AppError `authenticator_ticket_expired`, `authenticator_exists`, `code_wrong` (field `code`).
 */
export async function confirmTotp(
  ctx: AuthenticationContext,
  input: EnrolmentRef & { readonly code: string },
): Promise<{ readonly recoveryCodes: readonly string[] }> {
  const { accountId, code } = input;
  const secret = openSecret(ctx, input);
  const createdAt = ctx.clock.now();
  const lastStep = findTotpStep({ secret, code, now: createdAt });
  if (lastStep === null) {
    throw new AppError('invalid', 'code_wrong', { fields: { code: 'code_wrong' } });
  }
  const sealer = await sealerOf(ctx, accountId);
  const sealedSecret = sealer.seal(secret, totpContext(accountId));
  const recoveryCodes = await ctx.db.transaction(async (tx) => {
    await ctx.accounts.lock(tx, accountId);
    const isNew = await createTotpStore(tx).insert({
      accountId,
      sealedSecret,
      createdAt,
      lastStep,
    });
    if (!isNew) throw new AppError('conflict', 'authenticator_exists');
    await ctx.accounts.setSecondFactor(tx, { accountId, since: createdAt });
    await ctx.audit.record(tx, { kind: 'authenticator.added', accountId });
    await notify(ctx, tx, { accountId, template: 'authenticator-added', values: {} });
    return saveNewCodes(ctx, tx, accountId);
  });
  return { recoveryCodes };
}

function openSecret(
  ctx: Pick<AuthenticationContext, 'transientSealer' | 'clock'>,
  { accountId, ticket: text }: EnrolmentRef,
): string {
  const ticket = openTicket<Content>(ctx, contextOf(accountId), text);
  if (ticket === null) throw new AppError('gone', 'authenticator_ticket_expired');
  return ticket.secret;
}

function refuseSecond(credential: object | null): void {
  if (credential !== null) throw new AppError('conflict', 'authenticator_exists');
}

function contextOf(accountId: string): string {
  return `totp enrolment:${accountId}`;
}
