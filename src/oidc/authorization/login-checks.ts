import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';

import { ACR } from '../configuration.ts';
import type { OidcContext } from '../context.ts';
import { subjectOf } from '../subject.ts';
import { words } from '../words.ts';

const { Check, Prompt } = interactionPolicy;
type Prompt = InstanceType<typeof Prompt>;
type Check = InstanceType<typeof Check>;

/** Reasons for a sign-in that only another person can fulfil. */
export const REASONS_FOR_ANOTHER_PERSON = ['id_token_hint', 'claims_id_token_sub_value'] as const;

/**
 * Requires a sign-in only if a sign-in can fulfil the request. Replaces the checks of the library for the person and
 * for `acr`: they ignore `id_token_hint` after a sign-in, and repeat the sign-in endlessly when none can fulfil the
 * request.
 */
export function replaceLoginChecks(login: Prompt, deps: OidcContext): void {
  const own = [
    new Check(
      'id_token_hint',
      'id_token_hint and the signed-in person do not match',
      'login_required',
      (ctx) => isAnotherPerson(deps, ctx, hintedSubject(ctx)),
    ),
    new Check(
      'claims_id_token_sub_value',
      'the requested subject is not signed in',
      'login_required',
      (ctx) => isAnotherPerson(deps, ctx, ctx.oidc.claims.id_token?.['sub']?.value),
    ),
    new Check(
      'account_unusable',
      'the signed-in account cannot be used',
      'login_required',
      ({ oidc }) => oidc.session?.accountId !== undefined && oidc.account === undefined,
    ),
  ];
  for (const { reason } of own) login.checks.remove(reason);
  login.checks.push(...own);
  for (const [index, check] of login.checks.entries()) login.checks[index] = onlyOnce(check);
}

/**
 * A prompt without a page: it refuses requests for an authentication context that no sign-in here reaches, before the
 * person sees a page (OpenID Connect Core 1.0 §5.5.1.1, OpenID Connect Core Error Code
 * unmet_authentication_requirements 1.0).
 */
export function unmetRequirements(): Prompt {
  const check = new Check(
    'essential_acr_unknown',
    'none of the essential acr values can be reached here',
    ({ oidc }) => {
      const wanted = essentialAcrValues(oidc.claims.id_token?.['acr']);
      if (wanted === undefined || OFFERED_ACR.some((acr) => wanted.includes(acr))) return false;
      throw new errors.UnmetAuthenticationRequirements(
        'none of the essential acr values can be reached here',
      );
    },
  );
  return new Prompt({ name: 'unmet_requirements' }, check);
}

const OFFERED_ACR: readonly string[] = Object.values(ACR);

interface AcrParameters {
  /** Separated by spaces. */
  readonly acr_values?: string | undefined;
  /** JSON. */
  readonly claims?: string | undefined;
}

/** The `acr` values that an authorization request names, voluntary or essential (OpenID Connect Core 1.0 §3.1.2.1, §5.5.1.1). */
export function requestedAcrValues({ acr_values: values, claims }: AcrParameters): string[] {
  const requested = claims === undefined ? {} : (JSON.parse(claims) as RequestedAcr);
  const { value, values: several } = requested.id_token?.acr ?? {};
  const named: readonly unknown[] = [value, ...(Array.isArray(several) ? several : [])];
  return [...words(values), ...named.filter((one) => typeof one === 'string')];
}

interface RequestedAcr {
  readonly id_token?: {
    // The library refuses members of other types only when they are essential.
    readonly acr?: { readonly value?: unknown; readonly values?: unknown } | null;
  };
}

/** Undefined: nothing is demanded. */
function essentialAcrValues(request: unknown): readonly unknown[] | undefined {
  const { essential, value, values } = (request ?? {}) as Record<string, unknown>;
  if (essential !== true) return undefined;
  if (values !== undefined && !Array.isArray(values)) {
    throw new errors.InvalidRequest('invalid claims.id_token.acr.values type');
  }
  if (value !== undefined) return [value];
  return values;
}

/** `wanted` is the `sub` that the app names; undefined: it names none. */
function isAnotherPerson(
  { settings }: OidcContext,
  ctx: KoaContextWithOIDC,
  wanted: unknown,
): boolean {
  if (wanted === undefined) return false;
  const { client, session } = ctx.oidc;
  const accountId = session?.accountId;
  if (accountId === undefined || client === undefined) return accountId !== wanted;
  return subjectOf(settings.pairwiseSalt, client, accountId) !== wanted;
}

/**
 * The library verifies the hint at the start of the request; after the sign-in pages only the stored parameter is
 * available.
 */
function hintedSubject({ oidc }: KoaContextWithOIDC): unknown {
  const verified = oidc.entities.IdTokenHint?.payload['sub'];
  const hint = oidc.params?.['id_token_hint'];
  if (verified !== undefined || typeof hint !== 'string') return verified;
  const [, payload = ''] = hint.split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: unknown }).sub;
}

/**
 * The same check, but a reason that remains after a sign-in is reported to the app instead of requiring another
 * sign-in.
 */
function onlyOnce(check: Check): Check {
  const { reason, description, error = 'login_required', details } = check;
  const isNeeded = async (ctx: KoaContextWithOIDC): Promise<boolean> => {
    if (!(await check.check(ctx))) return false;
    const before = ctx.oidc.entities.Interaction?.prompt;
    const isRequestedAgain =
      ctx.oidc.result?.['login'] !== undefined &&
      before?.name === 'login' &&
      before.reasons.includes(reason);
    if (isRequestedAgain && reason.startsWith('essential_acr'))
      throw new errors.UnmetAuthenticationRequirements(description);
    if (isRequestedAgain) throw new errors.CustomOIDCProviderError(error, description);
    return true;
  };
  return new Check(reason, description, error, isNeeded, details);
}
