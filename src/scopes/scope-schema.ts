import { Type } from 'typebox';

import { localizedText } from '../http/routing/localized-text.ts';
import { Nullable } from '../http/routing/nullable.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';
import { LIFETIME_LIMITS, type Scope } from './scope.ts';

const Lifetime = { minimum: LIFETIME_LIMITS.least, maximum: LIFETIME_LIMITS.opaque };

export const LocalizedText = localizedText(300, 'The words that people read.');

/** The texts and the sensitivity of a permission or a claim. */
export const Words = {
  title: LocalizedText,
  description: LocalizedText,
  sensitivity: Type.Enum(['low', 'medium', 'high']),
};
/** As {@link Words}, for changes. */
export const OptionalWords = Type.Partial(Type.Object(Words)).properties;

const Records = Type.Object(
  {
    namespace: Type.String({
      maxLength: 64,
      description: 'Lower-case letters, digits and dashes.',
    }),
    access: Type.Enum(['read', 'write'], { description: '`write` includes reading.' }),
  },
  { description: 'Records of people that apps with this permission store here.' },
);

/** One entry of the public catalogue. */
export const ScopeView = Type.Object({
  name: Type.String({ description: 'The value for the `scope` parameter.' }),
  kind: Type.Enum(['data', 'api']),
  ...Words,
  claims: Type.Array(Type.String(), { description: 'Claims that a data scope requests.' }),
  resource: Nullable(Type.String(), {
    description:
      'The API for which a token is requested with the `resource` parameter (RFC 8707). Null: this server itself.',
  }),
  records: Nullable(Records),
  isStandard: Type.Boolean({ description: 'Built in; it cannot be changed or retired.' }),
  retiredAt: Nullable(MomentOutput),
});

export const NewScope = Type.Object({
  name: Type.String({ maxLength: 100, description: 'RFC 6749 scope-token; never reused.' }),
  ...Words,
  claims: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: 50,
      description: 'For a data scope. Give this, `resource` or `records`.',
    }),
  ),
  resource: Type.Optional(
    Type.String({ maxLength: 200, description: 'For an API scope: a registered API.' }),
  ),
  records: Type.Optional(Records),
});

export const ScopeChanges = Type.Object({
  ...OptionalWords,
  claims: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50 })),
});

const AccessTokenFormat = Type.Enum(['opaque', 'jwt']);

const IntrospectionClientIds = Type.Array(Type.String({ maxLength: 100 }), {
  maxItems: 20,
  uniqueItems: true,
  description:
    'Ids of the confidential apps with which this API introspects its tokens (RFC 7662).',
});

/** One API that tokens are issued for. */
export const ResourceServerView = Type.Object({
  identifier: Type.String({ description: 'The `resource` parameter and the audience of tokens.' }),
  title: LocalizedText,
  accessTokenFormat: AccessTokenFormat,
  accessTokenLifetimeSeconds: Type.Integer(),
  introspectionClientIds: IntrospectionClientIds,
  retiredAt: Nullable(MomentOutput),
});

export const NewResourceServer = Type.Object({
  identifier: Type.String({ maxLength: 200 }),
  title: LocalizedText,
  accessTokenFormat: AccessTokenFormat,
  accessTokenLifetimeSeconds: Type.Integer({
    ...Lifetime,
    description: '60 to 86400 for opaque tokens, 60 to 600 for JWTs, which cannot be revoked.',
  }),
  introspectionClientIds: Type.Optional(IntrospectionClientIds),
});

export const ResourceServerChanges = Type.Object({
  title: Type.Optional(LocalizedText),
  accessTokenFormat: Type.Optional(AccessTokenFormat),
  accessTokenLifetimeSeconds: Type.Optional(Type.Integer(Lifetime)),
  introspectionClientIds: Type.Optional(IntrospectionClientIds),
  isRetired: Type.Optional(Type.Boolean()),
});

/** A scope in its public form. */
export function presentScope(scope: Scope) {
  const isApi = scope.kind === 'api';
  return {
    ...scope,
    claims: isApi ? [] : scope.claims,
    resource: isApi ? scope.resource : null,
    records: (isApi ? scope.records : null) ?? null,
  };
}
