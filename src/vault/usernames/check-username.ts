import { cleanLine } from '../../platform/clean-text.ts';
import type { VaultContext } from '../context.ts';
import { indexIdentifier } from '../identifiers/find-identifier.ts';
import { createIdentifierStore } from '../identifiers/identifier-store.ts';
import type { ServiceAnswer } from './http-username-checker.ts';
import { usernameProblem } from './normalize-username.ts';
import { isReservedUsername } from './reserved-usernames.ts';
import { USERNAME_LIMIT } from './reserve-username.ts';

/** Whether an account can have a username; `yours`: it has it. `services` has the answers of other services. */
export interface UsernameState {
  readonly state: 'free' | 'taken' | 'yours' | 'reserved' | 'invalid';
  /** The reason for `invalid`. */
  readonly problem: string | null;
  readonly services: readonly { readonly name: string; readonly state: ServiceAnswer }[];
}

/** The error code of a text that no account can have as its username, or null. Does not reveal which usernames exist. */
export function usernameFault(username: string): string | null {
  const cleaned = cleanLine(username, 1_000);
  if ('code' in cleaned) return cleaned.code;
  return (
    usernameProblem(cleaned.text) ?? (isReservedUsername(cleaned.text) ? 'username_reserved' : null)
  );
}

/**
 * Can this account have this username, and is it free at other services? A name that another account had within 90 days counts as
 * taken. Other services receive only valid names.
 * @throws AppError `rate_limited`: checks are counted with tries, because the result reveals which usernames exist.
 */
export async function checkUsername(
  ctx: VaultContext,
  {
    username,
    accountId,
  }: {
    readonly username: string;
    /** The account that checks: its own usernames do not count as taken. */
    readonly accountId: string;
  },
): Promise<UsernameState> {
  const cleaned = cleanLine(username, 1_000);
  const problem = 'code' in cleaned ? cleaned.code : usernameProblem(cleaned.text);
  if ('code' in cleaned || problem !== null) return { state: 'invalid', problem, services: [] };
  const { text } = cleaned;
  await ctx.rateLimiter.consume({ name: 'username', key: accountId, ...USERNAME_LIMIT });
  if (isReservedUsername(text)) return { state: 'reserved', problem: null, services: [] };
  const index = indexIdentifier(ctx, { kind: 'username', value: text });
  const found = await createIdentifierStore(ctx.db).findUsername(index, accountId);
  const services = await Promise.all(
    ctx.usernameCheckers.map(async ({ name, check }) => ({ name, state: await check(text) })),
  );
  const isOwn = found.ownerId === accountId;
  const isFree = found.ownerId === null && !found.isQuarantined;
  const stateElsewhere = isFree ? 'free' : 'taken';
  return { state: isOwn ? 'yours' : stateElsewhere, problem: null, services };
}
