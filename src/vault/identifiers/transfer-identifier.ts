import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { createAttributeStore } from '../attributes/attribute-store.ts';
import { pick, type IdentifierKind } from '../attributes/attribute.ts';
import { lockAccount } from '../attributes/change-account.ts';
import { nextDefault } from '../attributes/remove-attribute.ts';
import type { VaultContext } from '../context.ts';
import { createAccountKeyStore } from '../keys/account-key-store.ts';
import { findIdentifierIn, parseIdentifier } from './find-identifier.ts';
import { createIdentifierStore, type IdentifierIndex } from './identifier-store.ts';
import { provenEmails } from './proven-emails.ts';

/** An identifier that an account lost because another one has proven it. */
export interface TransferredIdentifier {
  /** The account that lost it. */
  readonly accountId: string;
  readonly kind: IdentifierKind;
  /** In the spelling of that account. */
  readonly value: string;
  /** True if the account has no other identifier. */
  readonly isLast: boolean;
  /** The remaining proven e-mails of that account. */
  readonly emails: readonly string[];
}

/**
 * Locks both accounts in one order, before either is read: two people who prove each other's address at the same time must not
 * wait for each other forever.
 */
export async function lockPreviousOwner(
  ctx: VaultContext,
  tx: Database,
  { accountId, value }: { readonly accountId: string; readonly value: string },
): Promise<void> {
  const owner = await findIdentifierIn(ctx, tx, parseIdentifier(value));
  if (owner === null || owner.accountId === accountId) return;
  const keys = createAccountKeyStore(tx);
  for (const id of [accountId, owner.accountId].toSorted()) await keys.lock(id);
}

/**
 * Removes a proven address from the account that has it, with the value it belongs to. Null when no account has the
 * address now.
 * @throws AppError `address_taken` when the other account's proof is not older than `before`.
 */
export async function transferIdentifier(
  ctx: VaultContext,
  tx: Database,
  { row, before }: { readonly row: IdentifierIndex; readonly before: Date },
): Promise<TransferredIdentifier | null> {
  const store = createIdentifierStore(tx);
  const owner = await store.find(row);
  if (owner === null) return null;
  const { accountId, attributeId } = owner;
  const { attributes } = await lockAccount(ctx, tx, accountId);
  const lost = pick(attributes, attributeId);
  if (lost.verifiedAt === null || lost.verifiedAt >= before) {
    throw new AppError('conflict', 'address_taken');
  }
  const nextDefaultId = nextDefault(lost, attributes)?.id ?? null;
  await createAttributeStore(tx).removeLast({ id: attributeId, accountId, nextDefaultId });
  await ctx.feed.publish(tx, 'vault', accountId);
  return {
    accountId,
    kind: row.kind,
    value: typeof lost.value === 'string' ? lost.value : '',
    isLast: !(await store.hasAny(accountId)),
    emails: provenEmails(attributes.filter(({ id }) => id !== attributeId)),
  };
}
