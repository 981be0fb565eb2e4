import { Type } from 'typebox';

import { Nothing, route, type AnyRoute } from '../../http/routing/route.ts';
import { AppError } from '../../platform/app-error.ts';
import type { Scopes } from '../index.ts';
import { ClaimParams } from './claim-form-schema.ts';
import { toDefinition } from './custom-claim.ts';
import { ClaimChanges, ClaimView, NewClaim, presentClaim } from './claim-schema.ts';

const TAG = 'Personal details';
const PATH = '/api/v1/claims';

/** The claims of which people can store values: public to read; administrators add their own. */
export function claimRoutes({ scopes }: { readonly scopes: Scopes }): readonly AnyRoute[] {
  return [...readingRoutes(scopes), ...changingRoutes(scopes)];
}

function readingRoutes(scopes: Scopes): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operationId: 'listClaims',
      tag: TAG,
      summary: 'List the personal details that people can store and share',
      description:
        'The claims of OpenID Connect Core 1.0 §5.1 and those that administrators of this server defined. An app requests them through a permission that covers them.',
      access: 'public',
      response: Type.Object({ claims: Type.Array(ClaimView) }),
      handle: async () => ({ claims: (await scopes.claims()).live.map(presentClaim) }),
    }),
    route({
      method: 'get',
      path: `${PATH}/{name}`,
      operationId: 'readClaim',
      tag: TAG,
      summary: 'Read one personal detail, also one that was retired',
      access: 'public',
      params: ClaimParams,
      response: ClaimView,
      errorCodes: { 404: ['claim_not_found'] },
      handle: async ({ params }) => {
        const definition = (await scopes.claims()).find(params.name);
        if (definition === undefined) throw new AppError('not_found', 'claim_not_found');
        return presentClaim(definition);
      },
    }),
  ];
}

function changingRoutes(scopes: Scopes): readonly AnyRoute[] {
  const common = { tag: TAG, access: 'administrator', scope: 'scopes:manage' } as const;
  return [
    route({
      ...common,
      method: 'post',
      path: PATH,
      operationId: 'defineClaim',
      summary: 'Define a personal detail of this installation',
      description:
        'People can store values of it at once. To let apps request it, define a permission that covers it, or add it to an existing permission. Apps get numbers and booleans as JSON numbers and booleans.',
      body: NewClaim,
      response: ClaimView,
      status: 201,
      location: ({ name }) => `${PATH}/${name}`,
      errorCodes: { 400: ['claim_invalid'], 409: ['claim_name_taken', 'too_many_claims'] },
      handle: async ({ body: { type, isMultiple = false, rules = {}, ...body }, caller }) => {
        const input = { ...body, kind: type, isMultiple, rules, actorId: caller.accountId };
        return presentClaim(toDefinition(await scopes.defineClaim(input)));
      },
    }),
    route({
      ...common,
      method: 'patch',
      path: `${PATH}/{name}`,
      operationId: 'changeClaim',
      params: ClaimParams,
      summary: 'Change the texts, the sensitivity or the rules of a personal detail',
      description:
        'Stored values stay as they are; new rules apply when a value is added or changed. `rules` replaces all rules.',
      body: ClaimChanges,
      response: ClaimView,
      errorCodes: {
        400: ['claim_invalid'],
        404: ['claim_not_found'],
        409: ['claim_is_standard', 'claim_retired'],
      },
      handle: async ({ params, body, caller }) => {
        const input = { ...body, name: params.name, actorId: caller.accountId };
        return presentClaim(toDefinition(await scopes.changeClaim(input)));
      },
    }),
    route({
      ...common,
      method: 'delete',
      path: `${PATH}/{name}`,
      operationId: 'retireClaim',
      params: ClaimParams,
      summary: 'Retire a personal detail',
      description:
        'It is no longer offered or released to apps. People still see their values and can delete them; the name is never reused.',
      response: Nothing,
      errorCodes: { 404: ['claim_not_found'], 409: ['claim_is_standard'] },
      handle: async ({ params, caller }) =>
        scopes.retireClaim({ name: params.name, actorId: caller.accountId }),
    }),
  ];
}
