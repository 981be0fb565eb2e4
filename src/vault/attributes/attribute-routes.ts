import { Type } from 'typebox';

import { requireFresh } from '../../accounts/index.ts';
import { requireScope } from '../../http/routing/access.ts';
import type { PersonCaller, TokenCaller } from '../../http/routing/caller.ts';
import { Nullable } from '../../http/routing/nullable.ts';
import { type AnyRoute, Nothing, route } from '../../http/routing/route.ts';
import type { Clock } from '../../platform/clock.ts';
import { canBecomeSignInName, isSignInName } from '../identifiers/sign-in-name.ts';
import type { Vault } from '../index.ts';
import { AttributeView, presentAttribute, ValueBody, valueOf } from './attribute-schema.ts';
import type { Attribute } from './attribute.ts';

export interface TokenReadRecorder {
  /**
   * Records the claims that the token of an app is about to read (`claims/`); fails when the record cannot be written, or the
   * access has ended.
   */
  readonly recordTokenRead: (read: {
    readonly caller: TokenCaller;
    readonly claims: readonly string[];
  }) => Promise<void>;
}

interface AttributeRoutesDeps extends TokenReadRecorder {
  readonly vault: Vault;
  readonly clock: Clock;
}

const PATH = '/api/v1/account/attributes';
const ONE = `${PATH}/{attributeId}` as const;
const READ = { tag: 'Account', access: 'person', scope: 'account:read' } as const;
const WRITE = { tag: 'Account', access: 'person', scope: 'account:write' } as const;
const Label = Type.Optional(Nullable(Type.String({ maxLength: 100 })));
const AttributeParams = Type.Object({ attributeId: Type.String({ format: 'uuid' }) });
const USERNAME_CODES = ['username_taken', 'username_reserved'];

/** The person's own values as JSON. Not for apps, which receive values from `claims/` only. */
export function attributeRoutes(deps: AttributeRoutesDeps): readonly AnyRoute[] {
  return [...readingRoutes(deps), ...addingRoutes(deps), ...changingRoutes(deps)];
}

function readingRoutes(deps: AttributeRoutesDeps): readonly AnyRoute[] {
  const { vault } = deps;
  return [
    route({
      ...READ,
      method: 'get',
      path: PATH,
      operationId: 'listAttributes',
      summary: 'List your values',
      response: Type.Array(AttributeView),
      errorCodes: { 503: ['ledger_unavailable'] },
      handle: async ({ caller }) =>
        presentOnRecord(deps, caller, await vault.listAttributes(caller.accountId)),
    }),
    route({
      ...READ,
      method: 'get',
      path: ONE,
      operationId: 'readAttribute',
      summary: 'Read one of your values',
      params: AttributeParams,
      response: AttributeView,
      errorCodes: { 404: ['attribute_not_found'], 503: ['ledger_unavailable'] },
      handle: async ({ caller, params }) => {
        const attribute = await vault.findAttribute({ accountId: caller.accountId, ...params });
        return presentOne(deps, caller, attribute);
      },
    }),
  ];
}

function addingRoutes({ vault, clock }: AttributeRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...WRITE,
      method: 'post',
      path: PATH,
      operationId: 'addAttribute',
      summary: 'Add a value',
      description:
        'The first value of a claim becomes its default. An e-mail or phone can be shared after its verification. Adding one, or a username, needs a sign-in of the last ten minutes: an access token cannot do it.',
      body: Type.Object({
        claim: Type.String({ minLength: 1, maxLength: 64 }),
        value: ValueBody,
        label: Label,
      }),
      response: AttributeView,
      status: 201,
      location: ({ id }) => `/api/v1/account/attributes/${id}`,
      errorCodes: {
        400: ['value_invalid', 'claim_unknown', 'claim_not_editable'],
        403: ['fresh_sign_in_required'],
        409: ['value_exists', 'too_many_values', ...USERNAME_CODES],
      },
      limit: { points: 60, perSeconds: 60 },
      handle: async ({ caller, body }) => {
        if (canBecomeSignInName(body.claim)) requireFresh(clock.now(), caller.authenticatedAt);
        const { claim, label = null } = body;
        const { accountId } = caller;
        const value = valueOf(body.value);
        return presentAttribute(await vault.addAttribute({ accountId, claim, value, label }));
      },
    }),
  ];
}

function changingRoutes(deps: AttributeRoutesDeps): readonly AnyRoute[] {
  const { vault, clock } = deps;
  return [
    route({
      ...WRITE,
      method: 'patch',
      path: ONE,
      operationId: 'changeAttribute',
      summary: 'Change a value, its label, or make it the default',
      description:
        'A verified e-mail or phone keeps its value: add another one instead. Changing a username needs a sign-in of the last ten minutes, and the old one is free for others after 90 days. Apps that were given this value get the new one at their next read. The answer contains the value, so an access token needs `account:read` as well.',
      params: AttributeParams,
      body: Type.Object(
        {
          value: Type.Optional(ValueBody),
          label: Label,
          isDefault: Type.Optional(Type.Literal(true)),
        },
        { minProperties: 1 },
      ),
      response: AttributeView,
      errorCodes: {
        400: ['value_invalid'],
        403: ['fresh_sign_in_required'],
        404: ['attribute_not_found'],
        409: [
          'value_exists',
          'too_many_values',
          'verified_value_fixed',
          'value_unverified',
          ...USERNAME_CODES,
        ],
        503: ['ledger_unavailable'],
      },
      limit: { points: 60, perSeconds: 60 },
      handle: async ({ caller, params, body }) => {
        requireScope(caller, 'account:read');
        const ref = { accountId: caller.accountId, ...params };
        if (body.value !== undefined && isSignInName(await vault.findAttribute(ref))) {
          requireFresh(clock.now(), caller.authenticatedAt);
        }
        if (body.value !== undefined || body.label !== undefined) {
          await vault.changeAttribute({
            ...ref,
            ...(body.value !== undefined && { value: valueOf(body.value) }),
            ...(body.label !== undefined && { label: body.label }),
          });
        }
        if (body.isDefault === true) await vault.makeDefault(ref);
        return presentOne(deps, caller, await vault.findAttribute(ref));
      },
    }),
    route({
      ...WRITE,
      method: 'delete',
      path: ONE,
      operationId: 'removeAttribute',
      summary: 'Delete a value',
      description:
        'Apps that were given it get no other in its place. The last verified e-mail or phone cannot be deleted. Deleting a verified one, or a username, needs a sign-in of the last ten minutes; a username is free for others after 90 days.',
      params: AttributeParams,
      response: Nothing,
      errorCodes: {
        403: ['fresh_sign_in_required'],
        404: ['attribute_not_found'],
        409: ['last_identifier'],
      },
      handle: async ({ caller, params }) => {
        const ref = { accountId: caller.accountId, ...params };
        if (await vault.wasRemoved(ref)) return;
        if (isSignInName(await vault.findAttribute(ref))) {
          requireFresh(clock.now(), caller.authenticatedAt);
        }
        await vault.removeAttribute(ref);
      },
    }),
  ];
}

/** A token belongs to an app: its reads are recorded before it is answered, like every release. */
async function presentOnRecord(
  { recordTokenRead }: AttributeRoutesDeps,
  caller: PersonCaller,
  attributes: readonly Attribute[],
) {
  if (caller.via === 'token') {
    await recordTokenRead({ caller, claims: attributes.map(({ claim }) => claim) });
  }
  return attributes.map(presentAttribute);
}

async function presentOne(deps: AttributeRoutesDeps, caller: PersonCaller, attribute: Attribute) {
  const [view] = await presentOnRecord(deps, caller, [attribute]);
  if (view === undefined) throw new Error('one attribute has one view');
  return view;
}
