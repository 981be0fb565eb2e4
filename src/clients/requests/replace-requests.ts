import type { Database } from '../../platform/postgres/postgres.ts';
import type { Catalogue } from '../../scopes/index.ts';
import type { ClaimRequestInput } from '../client.ts';
import { createClientStore } from '../client-store.ts';
import type { StoredClient } from '../stored-client.ts';
import { numberRequests } from './claim-requests.ts';

/**
 * Stores the whole list of requests of an app, in the transaction of its change.
 * @returns the members of the app that changed with it, and the list for the record of events.
 */
export async function replaceRequests(
  tx: Database,
  before: StoredClient,
  {
    requests,
    catalogue,
  }: { readonly requests: readonly ClaimRequestInput[]; readonly catalogue: Catalogue },
) {
  const unregistered = before.requests.length === 0 ? catalogue.permittedClaims(before.scopes) : [];
  const members = numberRequests(before, requests, unregistered);
  await createClientStore(tx).replaceRequests(before.id, members.requests);
  const summary = members.requests.map(({ claim, necessity, purposeVersion }) => ({
    claim,
    necessity,
    purposeVersion,
  }));
  return { members, summary };
}
