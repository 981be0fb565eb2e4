import { AppError } from '../../platform/app-error.ts';
import { changeManaged } from '../change-managed.ts';
import { numberRequests, requestProblems } from './claim-requests.ts';
import type { Client } from '../client.ts';
import { createClientRequestStore } from './client-request-store.ts';
import type { SetClaimRequestsInput } from '../clients.ts';
import type { ClientsDeps } from '../context.ts';

/**
 * Sets the claims that an app requests. A new wording or necessity raises the purpose version, so people decide again.
 * @throws AppError `client_not_found`, `requests_invalid` with `fields`.
 */
export async function setClaimRequests(
  deps: ClientsDeps,
  input: SetClaimRequestsInput,
): Promise<Client> {
  const catalogue = await deps.scopes.catalogue();
  return changeManaged(deps, input, async (tx, before) => {
    const fields = requestProblems(input.requests, before.scopes, catalogue);
    if (Object.keys(fields).length > 0) {
      throw new AppError('invalid', 'requests_invalid', { fields });
    }
    const unregistered =
      before.requests.length === 0 ? catalogue.permittedClaims(before.scopes) : [];
    const numbered = numberRequests(before, input.requests, unregistered);
    await createClientRequestStore(tx).replaceAll(before.id, numbered.requests);
    return {
      client: { ...before, ...numbered },
      event: {
        kind: 'client.requests_changed',
        details: {
          requests: numbered.requests.map(({ claim, necessity, purposeVersion }) => ({
            claim,
            necessity,
            purposeVersion,
          })),
        },
      },
    };
  });
}
