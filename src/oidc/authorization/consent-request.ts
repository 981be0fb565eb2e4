import type { Client } from '../../clients/index.ts';
import type { ConsentRequest } from '../../consents/index.ts';
import { isProtocolClaim } from '../../scopes/index.ts';
import { grantActionOf } from '../grant-management/grant-management.ts';
import { words } from '../words.ts';

/** The parameters of an authorization request that decide which permissions and claims are requested. */
export interface ConsentParameters {
  readonly scope?: string | undefined;
  /** The `claims` parameter as JSON text (OpenID Connect Core 1.0 §5.5), already validated by the library. */
  readonly claims?: string | undefined;
  readonly resource?: string | readonly string[] | undefined;
  readonly prompt?: string | undefined;
  readonly grant_management_action?: unknown;
  readonly grant_id?: unknown;
}

interface ClaimsParameter {
  readonly userinfo?: Readonly<Record<string, ClaimRequestMember>>;
  readonly id_token?: Readonly<Record<string, ClaimRequestMember>>;
}
type ClaimRequestMember = { readonly essential?: boolean } | null;

/** The permissions and claims that one authorization request needs, in the types of `consents/`. */
export function toConsentRequest(client: Client, parameters: ConsentParameters): ConsentRequest {
  const action = grantActionOf(parameters);
  const isReplaced = action !== undefined && action.kind !== 'merge';
  const scopes = words(parameters.scope);
  const prompts = words(parameters.prompt);
  return {
    client,
    // A silent request (`prompt=none`) is not refused because of an undecided `offline_access`; the scope is ignored
    // (OpenID Connect Core 1.0 §11).
    scopes: prompts.includes('none') ? scopes.filter((name) => name !== 'offline_access') : scopes,
    claims: requestedClaims(parameters.claims),
    resources: list(parameters.resource),
    requestsNewDecision: prompts.includes('consent') || isReplaced,
    grantAction: action,
  };
}

function requestedClaims(text: string | undefined): ConsentRequest['claims'] {
  if (text === undefined) return [];
  const parameter = JSON.parse(text) as ClaimsParameter;
  const requested = new Map<string, { isEssential: boolean; in: ('userinfo' | 'id_token')[] }>();
  for (const place of ['userinfo', 'id_token'] as const) {
    for (const [name, member] of Object.entries(parameter[place] ?? {})) {
      if (isProtocolClaim(name)) continue;
      const known = requested.get(name) ?? { isEssential: false, in: [] };
      requested.set(name, {
        isEssential: known.isEssential || member?.essential === true,
        in: [...known.in, place],
      });
    }
  }
  return [...requested].map(([name, how]) => ({ name, ...how }));
}

function list(value: string | readonly string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : [...value];
}
