import { AppError, isAppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { Attribute, AttributeValue, Vault } from '../../vault/index.ts';
import type { ConsentsContext } from '../context.ts';
import type { ConsentRequest } from '../consent.ts';
import { resolveRequest } from '../requested-access.ts';
import { offeredValues } from '../offered-values.ts';
import { placeToAdd } from './place-to-add.ts';

interface AddMissingValuesInput {
  readonly accountId: string;
  readonly request: ConsentRequest;
  /** Claim -> the value that the person entered. */
  readonly values: Readonly<Record<string, AttributeValue>>;
}

/**
 * Saves values that an app requests and the person did not have, all or none, so that a decision can share them.
 * @returns claim -> id of the new value.
 * @throws AppError `claim_not_requested` for a claim that was not requested or is not entered on this page; `value_saved_before` when there is
 * another value by now; and as `addAttribute` of the vault, with the fields `<claim>` and, for one line of an address, `<claim>.<line>`.
 */
export async function addMissingValues(
  ctx: Pick<ConsentsContext, 'db' | 'scopes' | 'vault'>,
  { accountId, request, values }: AddMissingValuesInput,
): Promise<Readonly<Record<string, string>>> {
  const entered = Object.entries(values);
  if (entered.length === 0) return {};
  const [catalogue, attributes] = await Promise.all([
    ctx.scopes.catalogue(),
    ctx.vault.listAttributes(accountId),
  ]);
  const requested = new Set(resolveRequest(request, catalogue).claims.map(({ claim }) => claim));
  const isEnteredHere = (claim: string) => {
    const kind = catalogue.claims.find(claim)?.kind;
    return kind !== undefined && placeToAdd(kind) === 'here';
  };
  if (!entered.every(([claim]) => requested.has(claim) && isEnteredHere(claim)))
    throw new AppError('invalid', 'claim_not_requested');
  return ctx.db.transaction(async (tx) => {
    const ids: [string, string][] = [];
    for (const [claim, value] of entered) {
      const known = offeredValues(attributes, claim);
      // The form was sent before, and the value was saved then.
      const same = known.find((attribute) => isSame(attribute.value, value));
      if (known.length > 0 && same === undefined)
        throw new AppError('conflict', 'value_saved_before').at(claim);
      const { id } = same ?? (await addIn(ctx, tx, { accountId, claim, value }));
      ids.push([claim, id]);
    }
    return Object.fromEntries(ids);
  });
}

/** As `addAttributeIn`, with the names of the fields of the consent page in its errors. */
async function addIn(
  { vault }: Pick<ConsentsContext, 'vault'>,
  tx: Database,
  input: Parameters<Vault['addAttributeIn']>[1],
): Promise<Attribute> {
  try {
    return await vault.addAttributeIn(tx, input);
  } catch (error) {
    if (!isAppError(error) || error.fields === undefined) throw error;
    throw error.withFields((name) => (name === 'value' ? input.claim : `${input.claim}.${name}`));
  }
}

function isSame(one: AttributeValue, other: AttributeValue): boolean {
  const text = (value: AttributeValue) =>
    typeof value === 'object' ? JSON.stringify(value) : String(value).trim();
  return text(one) === text(other);
}
