import { effectiveClaims, type Consent, type ConsentItem } from '../consents/index.ts';
import { decidingClaim, type Catalogue } from '../scopes/index.ts';
import type { Client } from '../clients/index.ts';
import type { ClaimsContext } from './context.ts';
import { composeClaims, type ReleasedValue } from './compose-claims.ts';
import { withPictureLinks } from './picture-link.ts';

/** The app and the claims that it requests. */
export interface ReleaseRequest {
  readonly accountId: string;
  readonly clientId: string;
  /** The scopes of the token or of the answer. */
  readonly scopes: readonly string[];
  /** Names from the `claims` parameter for this channel (OpenID Connect Core 1.0 §5.5). */
  readonly requestedClaims: readonly string[];
  /** For previews only: a consent in place of the stored one. Never set where values are released. */
  readonly consent?: Consent;
}

/** The claims that may be released at this moment, with their values. */
export interface Selection {
  readonly consent: Consent;
  readonly values: readonly ReleasedValue[];
  /** Claims that may be released once only, and have not been released yet. */
  readonly once: readonly { readonly claim: string; readonly attributeId: string }[];
  readonly requested: ReadonlySet<string>;
}

/**
 * Selects the claims that are requested, that the app may request, and that the person shares with it now, if the
 * values exist. Null when nothing may be released. Only values that may be released are read.
 */
export async function selectValues(
  ctx: ClaimsContext,
  request: ReleaseRequest,
  /** Selects the decisions that count; default: those that are live. */
  isUsable?: (item: ConsentItem, now: Date) => boolean,
): Promise<Selection | null> {
  const { accountId, clientId } = request;
  const [consent, client, catalogue] = await Promise.all([
    request.consent ?? ctx.consents.recent({ accountId, clientId }),
    ctx.clients.find(clientId),
    ctx.scopes.catalogue(),
  ]);
  if (consent === null || client === null) return null;
  if (consent.accountId !== accountId || consent.clientId !== clientId) return null;
  const requested = requestedNames(request, client, catalogue);
  const deciding = new Set([...requested].map(decidingClaim));
  const entitlement = { consent, client, catalogue, now: ctx.clock.now() };
  const items = effectiveClaims(entitlement, isUsable).filter(({ claim }) => deciding.has(claim));
  if (items.length === 0) return null;

  const stored = await ctx.attributes.readReleasable(
    accountId,
    items.map(({ attributeId }) => attributeId).filter((id) => id !== null),
  );
  const found = items.flatMap(({ claim, attributeId }) => {
    const id = attributeId ?? '';
    const value = stored.get(id);
    // The decision may refer only to a value of that claim; any other value is not the one that the person saw.
    return value === undefined || value.claim !== claim ? [] : [{ ...value, id }];
  });
  const values = await withPictureLinks(ctx.pictures, { consent, client }, found);
  if (Object.keys(composeClaims(values, requested)).length === 0) return null;
  const present = new Set(values.map(({ claim }) => claim));
  const once = items.flatMap(({ claim, attributeId, duration }) =>
    duration === 'once' && attributeId !== null && present.has(claim)
      ? [{ claim, attributeId }]
      : [],
  );
  return { consent, values, once, requested };
}

/** Scopes that the app may not use, or that are retired, have no claims. */
function requestedNames(
  { scopes, requestedClaims }: ReleaseRequest,
  client: Client,
  catalogue: Catalogue,
): ReadonlySet<string> {
  const usable = scopes.filter((scope) => client.scopes.includes(scope));
  return new Set([...usable.flatMap((scope) => catalogue.claimsOf(scope)), ...requestedClaims]);
}
