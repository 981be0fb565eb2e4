import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { createAccountKeyStore } from '../keys/account-key-store.ts';
import { createAttributeStore } from '../attributes/attribute-store.ts';
import type { IdentifierKind } from '../attributes/attribute.ts';
import { identifierIndex } from './find-identifier.ts';
import { createIdentifierStore, type IdentifierRow } from './identifier-store.ts';
import { lockAttributes, pick } from '../attributes/list-attributes.ts';
import { provenEmails } from './proven-emails.ts';
import { heirOf } from '../attributes/remove-attribute.ts';
import { parseIdentifier } from './parse-identifier.ts';
import type { VaultContext } from '../context.ts';

/** An identifier that an account lost because another one has proven it. */
export interface TakenIdentifier {
  readonly accountId: string;
  readonly kind: IdentifierKind;
  /** As the account had written it. */
  readonly value: string;
  /** Nothing is left to sign in with. */
  readonly isLast: boolean;
  /** The e-mails that are still proven there. */
  readonly emails: readonly string[];
}

/**
 * Locks both accounts in one order, before either is read: two people who take from each other must not wait for each
 * other for ever.
 */
export async function lockHolderToo(
  ctx: VaultContext,
  tx: Database,
  { accountId, value }: { readonly accountId: string; readonly value: string },
): Promise<void> {
  const identifier = parseIdentifier(value);
  const blindIndex = identifierIndex(ctx.identifierKey, identifier);
  const holder = await createIdentifierStore(tx).find(identifier.kind, blindIndex);
  if (holder === null || holder.accountId === accountId) return;
  const keys = createAccountKeyStore(tx);
  for (const id of [accountId, holder.accountId].toSorted()) await keys.lock(id);
}

/**
 * Takes a proven address away from the account that has it, with the value it belongs to.
 * @throws AppError `address_taken` when the other account's proof is not older than `before`.
 */
export async function takeIdentifier(
  ctx: VaultContext,
  tx: Database,
  { row, before }: { readonly row: IdentifierRow; readonly before: Date },
): Promise<TakenIdentifier | null> {
  const store = createIdentifierStore(tx);
  const holder = await store.find(row.kind, row.blindIndex);
  if (holder === null) return null;
  const { accountId, attributeId } = holder;
  const { attributes } = await lockAttributes(ctx, tx, accountId);
  const lost = pick(attributes, attributeId);
  if (lost.verifiedAt === null || lost.verifiedAt >= before) {
    throw new AppError('conflict', 'address_taken');
  }
  const values = createAttributeStore(tx);
  await values.remove({ id: attributeId, accountId });
  const heir = lost.isDefault ? heirOf(lost, attributes) : undefined;
  if (heir !== undefined) await values.makeDefault({ id: heir.id, accountId, claim: heir.claim });
  await ctx.feed.publish(tx, 'vault', accountId);
  const left = await store.list(accountId);
  return {
    accountId,
    kind: row.kind,
    value: typeof lost.value === 'string' ? lost.value : '',
    isLast: left.length === 0,
    emails: provenEmails(attributes.filter(({ id }) => id !== attributeId)),
  };
}
