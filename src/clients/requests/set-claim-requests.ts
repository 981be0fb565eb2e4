import { AppError } from '../../platform/app-error.ts';
import type { ClaimRequestInput, Client, ManagedInput } from '../client.ts';
import { createClientStore } from '../client-store.ts';
import type { ClientsContext } from '../context.ts';
import { changeManaged } from '../managed-client.ts';
import { numberRequests, requestProblems } from './claim-requests.ts';

interface SetClaimRequestsInput extends ManagedInput {
  /** The whole list, in the order of the consent page. */
  readonly requests: readonly ClaimRequestInput[];
}

/**
 * Sets the claims that an app requests. A new wording or necessity raises the purpose version, so people decide again.
 * @throws AppError `client_not_found`, `requests_invalid` with `fields` such as `requests.0.purpose`.
 */
export async function setClaimRequests(
  ctx: ClientsContext,
  input: SetClaimRequestsInput,
): Promise<Client> {
  const catalogue = await ctx.scopes.catalogue();
  return changeManaged(ctx, input, async (tx, before) => {
    const fields = requestProblems(input.requests, before.scopes, catalogue);
    if (Object.keys(fields).length > 0) {
      throw new AppError('invalid', 'requests_invalid', { fields });
    }
    const unregistered =
      before.requests.length === 0 ? catalogue.permittedClaims(before.scopes) : [];
    const numbered = numberRequests(before, input.requests, unregistered);
    await createClientStore(tx).replaceRequests(before.id, numbered.requests);
    const requests = numbered.requests.map(({ claim, necessity, purposeVersion }) => ({
      claim,
      necessity,
      purposeVersion,
    }));
    return {
      client: { ...before, ...numbered },
      event: { kind: 'client.requests_changed', details: { requests } },
    };
  });
}
