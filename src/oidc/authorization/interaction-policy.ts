import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';

import { toConsentRequest, type ConsentParameters } from './consent-request.ts';
import { grantActionOf, type GrantParameters } from '../grant-management/grant-management.ts';
import { replaceLoginChecks, unmetRequirements } from './login-checks.ts';
import { toProviderError } from '../provider-errors.ts';
import { USERNAME_CLAIM } from '../../vault/index.ts';
import type { OidcContext } from '../context.ts';

const { Check, Prompt, base } = interactionPolicy;

/**
 * The conditions under which a person sees a page. Order: create an account, choose one, sign in, choose a username, consent.
 * The consent checks of the library are replaced: they decide on whole scopes, ours on values, expiries and purposes.
 */
export function createInteractionPolicy(deps: OidcContext): interactionPolicy.DefaultPolicy {
  const policy = base();
  const consent = policy.get('consent');
  const login = policy.get('login');
  if (consent === undefined || login === undefined) throw new Error('the library lost its prompts');

  for (const reason of ['op_scopes_missing', 'op_claims_missing', 'rs_scopes_missing']) {
    consent.checks.remove(reason);
  }
  consent.checks.add(
    new Check(
      'consent_needed',
      'the person has not decided about this yet',
      'consent_required',
      (ctx) => isConsentNeeded(deps, ctx),
    ),
  );
  replaceLoginChecks(login, deps);
  policy.add(usernamePrompt(deps), policy.indexOf(consent));
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 0);
  policy.add(new Prompt({ name: 'create', requestable: true }), 0);
  policy.add(unmetRequirements(), 0);
  return policy;
}

/** Where every account has a username, a person without one chooses it before the sign-in continues. */
function usernamePrompt(deps: OidcContext): InstanceType<typeof Prompt> {
  const check = new Check(
    'username_missing',
    'the person has to choose a username first',
    'interaction_required',
    async ({ oidc }) => {
      const accountId = oidc.account?.accountId;
      const isChosenNow = oidc.result?.['username'] !== undefined;
      if (!deps.settings.requiresUsername || accountId === undefined || isChosenNow)
        return Check.NO_NEED_TO_PROMPT;
      const values = await toProviderError(deps.vault.recentAttributes(accountId));
      return !values.some(({ claim }) => claim === USERNAME_CLAIM);
    },
  );
  return new Prompt({ name: 'username' }, check);
}

async function isConsentNeeded(deps: OidcContext, ctx: KoaContextWithOIDC): Promise<boolean> {
  const { oidc } = ctx;
  const clientId = oidc.client?.clientId;
  const accountId = oidc.account?.accountId;
  if (clientId === undefined || accountId === undefined) return Check.REQUEST_PROMPT;

  const client = await toProviderError(deps.clients.find(clientId));
  if (client === null) return Check.REQUEST_PROMPT;
  if (client.isFirstParty) return Check.NO_NEED_TO_PROMPT;

  const isDecidedNow = oidc.result?.['consent'] !== undefined;
  const action = grantActionOf(oidc.params as GrantParameters);
  // The actions `replace` and `create` always show the page, because they need a new decision.
  if (action !== undefined && action.kind !== 'merge' && !isDecidedNow) return Check.REQUEST_PROMPT;

  const isAnswered = await toProviderError(
    deps.consents
      .recent({ accountId, clientId })
      .then((consent) =>
        deps.consents.coversRequest(
          consent,
          toConsentRequest(client, oidc.params as unknown as ConsentParameters),
        ),
      ),
  );
  return isAnswered ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
}
