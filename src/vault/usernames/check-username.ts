import type { IdentifierOwner } from '../attributes/attribute.ts';
import { cleanLine } from '../attributes/clean-text.ts';
import { findIdentifier, identifierIndex } from '../identifiers/find-identifier.ts';
import { createHeldUsernameStore } from './held-username-store.ts';
import { usernameProblem } from './normalize-username.ts';
import { isReservedUsername } from './reserved-usernames.ts';
import type { VaultContext } from '../context.ts';

/** The answer of another service about a username. It is for information: it decides nothing here. */
export type ServiceAnswer = 'free' | 'taken' | 'unknown';

/** Somewhere else to look a username up. */
export interface UsernameChecker {
  /** The name of the service for people. */
  readonly name: string;
  /** Never throws, and answers `unknown` within seconds when the service does not. */
  check(username: string): Promise<ServiceAnswer>;
}

export interface CheckUsernameInput {
  readonly username: string;
  /** The account that checks: its own usernames do not count as taken. */
  readonly accountId: string;
}

export interface UsernameState {
  readonly state: 'free' | 'taken' | 'yours' | 'reserved' | 'invalid';
  /** Why it is invalid. */
  readonly problem: string | null;
  readonly services: readonly { readonly name: string; readonly state: ServiceAnswer }[];
}

/**
 * Can this account have this username, and is it free at other services? A name that another account had within 90 days counts as
 * taken. Other services receive valid names only.
 */
export async function checkUsername(
  ctx: VaultContext,
  { username, accountId }: CheckUsernameInput,
): Promise<UsernameState> {
  const cleaned = cleanLine(username, 1_000);
  if ('code' in cleaned) return invalid(cleaned.code);
  const { text } = cleaned;
  const problem = usernameProblem(text);
  if (problem !== null) return invalid(problem);
  if (isReservedUsername(text)) return { state: 'reserved', problem: null, services: [] };
  const identifier = { kind: 'username', value: text } as const;
  const owner = await findIdentifier(ctx, identifier);
  const isHeld = await createHeldUsernameStore(ctx.db).isHeldFromAccount(
    identifierIndex(ctx.identifierKey, identifier),
    accountId,
  );
  const services = await Promise.all(
    ctx.usernameCheckers.map(async ({ name, check }) => ({ name, state: await check(text) })),
  );
  const state = isHeld && owner === null ? 'taken' : stateOf(owner, accountId);
  return { state, problem: null, services };
}

function stateOf(owner: IdentifierOwner | null, accountId: string): UsernameState['state'] {
  if (owner === null) return 'free';
  return owner.accountId === accountId ? 'yours' : 'taken';
}

function invalid(problem: string): UsernameState {
  return { state: 'invalid', problem, services: [] };
}
