import { AppError } from '../../platform/app-error.ts';
import type { ClaimRequestInput, Client, ManagedInput } from '../client.ts';
import type { ClientsContext } from '../context.ts';
import { changeManaged } from '../managed-client.ts';
import { requestProblems } from './claim-requests.ts';
import { replaceRequests } from './replace-requests.ts';

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
    const { members, summary } = await replaceRequests(tx, before, {
      requests: input.requests,
      catalogue,
    });
    return {
      client: { ...before, ...members },
      event: { kind: 'client.requests_changed', details: { requests: summary } },
    };
  });
}
