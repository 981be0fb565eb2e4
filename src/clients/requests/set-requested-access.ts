import { AppError } from '../../platform/app-error.ts';
import { type Catalogue, coverClaims } from '../../scopes/index.ts';
import type { ClaimRequestInput, Client, ManagedInput } from '../client.ts';
import type { ClientsContext } from '../context.ts';
import { changeManaged } from '../managed-client.ts';
import { hasSignIn } from '../settings/client-settings.ts';
import { scopeProblems } from '../settings/validate-settings.ts';
import { requestProblems } from './claim-requests.ts';
import { replaceRequests } from './replace-requests.ts';

/** Everything that an app requests, as its developer chooses it: the data scopes follow from the claims. */
export interface AccessChoice {
  /** The whole list, in the order of the consent page. */
  readonly requests: readonly ClaimRequestInput[];
  /** Scopes without claims; see {@link isPermission}. */
  readonly permissions: readonly string[];
}

/** Is this a scope that is chosen itself? `openid` is a part of every sign-in, and a scope with claims follows from the chosen claims. */
export function isPermission(name: string, { byName }: Pick<Catalogue, 'byName'>): boolean {
  const scope = byName.get(name);
  if (scope === undefined || name === 'openid') return false;
  return scope.kind === 'api' || scope.claims.length === 0;
}

/** The scopes of an app with this choice. A scope that it has stays while the app requests one of its claims. */
export function scopesOfChoice(
  { applicationType, scopes }: Pick<Client, 'applicationType' | 'scopes'>,
  { requests, permissions }: AccessChoice,
  catalogue: Catalogue,
): string[] {
  const claims = requests.map(({ claim }) => claim);
  return [
    ...(hasSignIn(applicationType) ? ['openid'] : []),
    ...coverClaims(claims, catalogue, scopes).filter((name) => name !== 'openid'),
    ...new Set(permissions),
  ];
}

/**
 * Sets the claims and permissions that an app requests, both or none. The rules of `setClaimRequests` hold for the claims.
 * @throws AppError `client_not_found`, `requests_invalid` with `fields` such as `requests.0.purpose.en` and `permissions.0`.
 */
export async function setRequestedAccess(
  ctx: ClientsContext,
  { requests, permissions, ...managed }: ManagedInput & AccessChoice,
): Promise<Client> {
  const catalogue = await ctx.scopes.catalogue();
  return changeManaged(ctx, managed, async (tx, before) => {
    const choice = { requests, permissions };
    const scopes = scopesOfChoice(before, choice, catalogue);
    const fields = {
      ...requestProblems(requests, scopes, catalogue),
      ...permissionProblems(before, permissions, catalogue),
    };
    if (Object.keys(fields).length > 0) {
      throw new AppError('invalid', 'requests_invalid', { fields });
    }
    const replaced = await replaceRequests(tx, before, { requests, catalogue });
    const details = { requests: replaced.summary, scopes };
    return {
      client: { ...before, ...replaced.members, scopes },
      event: { kind: 'client.requests_changed', details },
    };
  });
}

function permissionProblems(
  { applicationType: type, scopes: scopesBefore }: Client,
  permissions: readonly string[],
  catalogue: Catalogue,
): Record<string, string> {
  const problems = permissions.map((name) => {
    const settings = { scopes: [name] };
    const found = scopeProblems({ type, settings, catalogue, scopesBefore })['scopes.0'];
    return found ?? (isPermission(name, catalogue) ? undefined : 'scope_unknown');
  });
  return Object.fromEntries(
    problems.flatMap((code, index) =>
      code === undefined ? [] : [[`permissions.${String(index)}`, code] as const],
    ),
  );
}
