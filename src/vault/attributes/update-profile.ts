import { AppError } from '../../platform/app-error.ts';
import type { ClaimCatalogue } from '../../scopes/index.ts';
import type { VaultContext } from '../context.ts';
import { addValue, checkContent, claimRefusal, editableDefinition } from './add-attribute.ts';
import type { Attribute, AttributeValue } from './attribute.ts';
import { changeValue } from './change-attribute.ts';
import { changeAccount, type LockedAccount } from './change-account.ts';
import { removeValue } from './remove-attribute.ts';

/**
 * Changes several claims together, or none, similar to RFC 7396: the default value of a claim is changed in place, so
 * apps that were given it get the new one. A claim that is null loses all its values; a claim that is absent stays as
 * it is. E-mails and phones are added and proven one by one instead.
 * @throws AppError `profile_invalid` with `fields`: `claims.<name>`, or `claims.address.<member>`.
 */
export async function updateProfile(
  ctx: VaultContext,
  {
    accountId,
    changes,
  }: {
    readonly accountId: string;
    readonly changes: Readonly<Record<string, AttributeValue | null>>;
  },
): Promise<void> {
  const claims = await ctx.scopes.claims();
  const fields: Record<string, string> = {};
  await changeAccount(ctx, accountId, async (account) => {
    let { attributes } = account;
    for (const [claim, value] of Object.entries(changes)) {
      try {
        attributes = await applyOne(ctx, { ...account, attributes }, { claims, claim, value });
      } catch (error) {
        Object.assign(fields, fieldsOf(error, claim));
      }
    }
    // The transaction is rolled back: no change stays when another one is refused.
    if (Object.keys(fields).length > 0)
      throw new AppError('invalid', 'profile_invalid', { fields });
  });
}

interface OneChange {
  readonly claims: ClaimCatalogue;
  readonly claim: string;
  readonly value: AttributeValue | null;
}

/** @returns the values of the account after the change. */
async function applyOne(
  ctx: VaultContext,
  account: LockedAccount,
  { claims, claim, value }: OneChange,
): Promise<readonly Attribute[]> {
  const definition = editableDefinition(claims, claim);
  if (definition.isVerifiable) throw claimRefusal('claim_not_editable');
  const own = account.attributes.filter((attribute) => attribute.claim === claim);
  const others = account.attributes.filter((attribute) => attribute.claim !== claim);
  if (value === null) {
    for (const [index, { id }] of own.entries()) {
      await removeValue(ctx, { ...account, attributes: [...others, ...own.slice(index)] }, id);
    }
    return others;
  }
  const before = own.find(({ isDefault }) => isDefault) ?? own[0];
  if (before === undefined) {
    const content = checkContent(ctx, definition, { value });
    return [...account.attributes, await addValue(ctx, account, { definition, content })];
  }
  const after = await changeValue(ctx, account, { claims, attributeId: before.id, value });
  return account.attributes.map((attribute) => (attribute.id === after.id ? after : attribute));
}

function fieldsOf(error: unknown, claim: string): Record<string, string> {
  const isOfInput =
    error instanceof AppError && (error.kind === 'invalid' || error.kind === 'conflict');
  if (!isOfInput) throw error;
  const problems = Object.entries(error.fields ?? { value: error.code });
  const isWhole = (field: string) => field === 'value' || field === 'claim';
  return Object.fromEntries(
    problems.map(([field, code]) => [`claims.${claim}${isWhole(field) ? '' : `.${field}`}`, code]),
  );
}
