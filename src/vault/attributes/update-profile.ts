import { AppError } from '../../platform/app-error.ts';
import { addAttribute, editableDefinition } from './add-attribute.ts';
import type { AttributeValue } from './attribute.ts';
import { changeAttribute } from './change-attribute.ts';
import { lockAttributes } from './list-attributes.ts';
import { removeAttribute } from './remove-attribute.ts';
import type { VaultContext } from '../context.ts';
import type { ClaimCatalogue } from '../../scopes/index.ts';

export interface UpdateProfileInput {
  readonly accountId: string;
  /** Claim -> its new default value; null erases all values of the claim. Claims that are not named stay as they are. */
  readonly changes: Readonly<Record<string, AttributeValue | null>>;
}

/**
 * Changes several claims together, or none (RFC 7396 in spirit): the default value of a claim is changed in place, so apps that
 * were given it see the new one. E-mails and phones are added and proven one by one instead.
 * @throws AppError `profile_invalid` with `fields`: `claims.<name>`, or `claims.address.<member>`.
 */
export async function updateProfile(
  ctx: VaultContext,
  { accountId, changes }: UpdateProfileInput,
): Promise<void> {
  const claims = await ctx.catalogue.current();
  const fields: Record<string, string> = {};
  await ctx.db.transaction(async (tx) => {
    for (const [claim, value] of Object.entries(changes)) {
      try {
        refuseProvable(claims, claim);
        // Its transaction is ours: nothing stays when another claim does not fit.
        await applyOne({ ...ctx, db: tx }, { accountId, claim, value });
      } catch (error) {
        Object.assign(fields, fieldsOf(error, claim));
      }
    }
    if (Object.keys(fields).length > 0)
      throw new AppError('invalid', 'profile_invalid', { fields });
  });
}

interface OneChange {
  readonly accountId: string;
  readonly claim: string;
  readonly value: AttributeValue | null;
}

async function applyOne(ctx: VaultContext, { accountId, claim, value }: OneChange): Promise<void> {
  const { attributes } = await lockAttributes(ctx, ctx.db, accountId);
  const own = attributes.filter((attribute) => attribute.claim === claim);
  if (value === null) {
    for (const { id } of own) await removeAttribute(ctx, { accountId, attributeId: id });
    return;
  }
  const kept = own.find(({ isDefault }) => isDefault) ?? own[0];
  if (kept === undefined) await addAttribute(ctx, { accountId, claim, value });
  else await changeAttribute(ctx, { accountId, attributeId: kept.id, value });
}

function refuseProvable(claims: ClaimCatalogue, claim: string): void {
  if (editableDefinition(claims, claim).isVerifiable) {
    throw new AppError('invalid', 'claim_not_editable', {
      fields: { claim: 'claim_not_editable' },
    });
  }
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
