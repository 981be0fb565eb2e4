import { Type } from 'typebox';

import { localizedText } from '../http/routing/localized-text.ts';
import { Nullable } from '../http/routing/nullable.ts';
import { IdentifierParam, UuidParam } from '../http/routing/path-parameters.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';
import { SIGNING_ALGORITHMS } from '../platform/keys/signing-keys.ts';
import { type Catalogue, introspectedBy } from '../scopes/index.ts';
import {
  APPLICATION_TYPES,
  type Client,
  DURATIONS,
  type NewSecret,
  type SecretSummary,
  TOKEN_ENDPOINT_AUTH_METHODS,
  TOKEN_LIFE_LIMITS,
  type TokenLife,
} from './client.ts';
import { logoHrefs } from './logos/client-logo.ts';

/** Path of one app. */
export const ClientParams = Type.Object({ clientId: IdentifierParam });

/** Path of one secret of an app. */
export const ClientSecretParams = Type.Object({ clientId: IdentifierParam, secretId: UuidParam });

const Address = Type.String({ maxLength: 1_000 });
const Addresses = Type.Array(Address, { maxItems: 50 });

export const ApplicationTypes = Type.Enum([...APPLICATION_TYPES]);
const AuthMethods = Type.Enum([...TOKEN_ENDPOINT_AUTH_METHODS], {
  description:
    '`client_secret` accepts the secret in the header and in the body (RFC 6749 §2.3.1), the others only that one method. Default: `client_secret` for `web` and `machine`, `none` for the rest.',
});
const Durations = Type.Enum([...DURATIONS]);
const Necessities = Type.Enum(['essential', 'voluntary']);

const MOST_MEMBERS = 30;
const KeyText = Type.String({ maxLength: 10_000 });
const Jwk = Type.Record(
  Type.String(),
  Type.Union([KeyText, Type.Boolean(), Type.Array(KeyText, { maxItems: 10 })]),
  { maxProperties: MOST_MEMBERS },
);

const KeySet = Type.Object(
  { keys: Type.Array(Jwk, { maxItems: 10 }) },
  { description: 'Public keys (RFC 7517), for `private_key_jwt`.' },
);

/** As stored: earlier releases accepted other members, too. */
const KeySetView = Type.Object({
  keys: Type.Array(Type.Record(Type.String(), Type.Unknown())),
});

const Purpose = localizedText(
  200,
  'The reason, in the words that people read on the consent page.',
);

export const ClaimRequestBody = Type.Object({
  claim: Type.String({ maxLength: 100 }),
  necessity: Necessities,
  purpose: Type.Optional(Purpose),
  longestDuration: Type.Optional(Durations),
});

/** The use case checks the limits; its error names the field. */
function life(name: TokenLife, meaning: string) {
  const { least, longest } = TOKEN_LIFE_LIMITS[name];
  return Nullable(
    Type.Integer({
      minimum: 0,
      maximum: 1_000_000_000,
      description: `${meaning} In seconds, ${String(least)} to ${String(longest)}; null: the setting of this server.`,
    }),
  );
}

const { properties: settings } = Type.Partial(
  Type.Object({
    redirectUris: Addresses,
    postLogoutRedirectUris: Addresses,
    scopes: Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 }),
    tokenEndpointAuthMethod: AuthMethods,
    jwks: Nullable(KeySet),
    subjectType: Type.Enum(['public', 'pairwise']),
    idTokenSignedResponseAlg: Type.Enum([...SIGNING_ALGORITHMS], {
      description: 'Default: RS256, the only one that every library accepts.',
    }),
    requirePkce: Type.Boolean({
      description:
        'Default: only for apps without a secret. The others may send a nonce instead (RFC 9700).',
    }),
    claimsInIdToken: Type.Boolean({
      description:
        'Put the values that the person shares into the ID token, too. Default: only at UserInfo.',
    }),
    isGateway: Type.Boolean({
      description:
        'A reverse proxy checks the requests to the site of this app at `/verify`. Needs the type `web`, a secret, and one redirect address whose path ends with `/callback`.',
    }),
    gatewayReadsContact: Type.Boolean({
      description:
        'Each check of the gateway also returns the e-mail address and the name that the person shares with this app. Every such answer is in the history of the person. Default: off.',
    }),
    rotateRefreshTokens: Type.Boolean({
      description:
        'Every refresh gives a new refresh token. Default: only for apps without a secret, and not for tokens that are bound to a key (RFC 9700 §4.14.2).',
    }),
    accessTokenSeconds: life(
      'accessTokenSeconds',
      'Life of an access token; for an API at most what the API accepts.',
    ),
    refreshTokenIdleSeconds: life(
      'refreshTokenIdleSeconds',
      'Life of a refresh token that is not used.',
    ),
    refreshTokenAbsoluteSeconds: life(
      'refreshTokenAbsoluteSeconds',
      'Life of refresh tokens after the last sign-in of the person, however often they are used. The consent may end earlier.',
    ),
    logoUri: Nullable(Address),
    clientUri: Nullable(Address),
    initiateLoginUri: Nullable(Address, {
      description:
        'Starts a sign-in at the app (OpenID Connect Core 1.0 §4): people open the app and connect it again with a link to this https address, to which `iss` is added.',
    }),
    backchannelLogoutUri: Nullable(Address, {
      description:
        'Receives a logout token after every end of a session in which a person signed in to the app (OpenID Connect Back-Channel Logout 1.0): https, port 443, no fragment, no internal host.',
    }),
    backchannelLogoutSessionRequired: Type.Boolean({
      description:
        'ID tokens and logout tokens contain `sid`. Without it, a logout token concerns every session of the person at the app. Default: true.',
    }),
    policyUri: Nullable(Address),
    tosUri: Nullable(Address),
    contact: Nullable(Type.String({ maxLength: 254 })),
  }),
);

export const NewClient = Type.Object({
  name: Type.String({ maxLength: 200 }),
  applicationType: ApplicationTypes,
  ...settings,
  requests: Type.Optional(Type.Array(ClaimRequestBody, { maxItems: 50 })),
});

export const ClientChanges = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 200 })),
  ...settings,
});

const ClaimRequestView = Type.Object({
  claim: Type.String(),
  necessity: Necessities,
  purpose: Purpose,
  purposeVersion: Type.Integer({
    description: 'Increases when the wording or the necessity changes; people then decide again.',
  }),
  longestDuration: Durations,
});

/** An app as its owner sees it, without its secrets. */
export const ClientView = Type.Object({
  clientId: Type.String(),
  name: Type.String(),
  status: Type.Enum(['active', 'suspended']),
  isVerified: Type.Boolean(),
  applicationType: ApplicationTypes,
  redirectUris: Type.Array(Type.String()),
  postLogoutRedirectUris: Type.Array(Type.String()),
  grantTypes: Type.Array(Type.String()),
  scopes: Type.Array(Type.String()),
  tokenEndpointAuthMethod: AuthMethods,
  jwks: Nullable(KeySetView),
  subjectType: Type.Enum(['public', 'pairwise']),
  idTokenSignedResponseAlg: Type.Enum([...SIGNING_ALGORITHMS]),
  requirePkce: Type.Boolean(),
  claimsInIdToken: Type.Boolean(),
  isGateway: Type.Boolean(),
  gatewayReadsContact: Type.Boolean(),
  rotateRefreshTokens: Type.Boolean(),
  accessTokenSeconds: Nullable(Type.Integer()),
  refreshTokenIdleSeconds: Nullable(Type.Integer()),
  refreshTokenAbsoluteSeconds: Nullable(Type.Integer()),
  introspectedResources: Type.Array(Type.String(), {
    description:
      'APIs whose tokens this app may introspect, besides its own tokens. An administrator registers the app at the API (`introspectionClientIds`).',
  }),
  logo: Nullable(
    Type.Object(
      { webp: Type.String(), png: Type.String() },
      { description: 'Paths of the logo on this server; null without one.' },
    ),
  ),
  logoUri: Nullable(Type.String()),
  clientUri: Nullable(Type.String()),
  initiateLoginUri: Nullable(Type.String()),
  backchannelLogoutUri: Nullable(Type.String()),
  backchannelLogoutSessionRequired: Type.Boolean(),
  policyUri: Nullable(Type.String()),
  tosUri: Nullable(Type.String()),
  contact: Nullable(Type.String()),
  requests: Type.Array(ClaimRequestView),
  createdAt: MomentOutput,
  updatedAt: MomentOutput,
});
export const SecretView = Type.Object({
  secretId: Type.String(),
  hint: Type.String({ description: 'The last four characters.' }),
  createdAt: MomentOutput,
  expiresAt: Nullable(MomentOutput),
  lastUsedAt: Nullable(MomentOutput),
});

export const NewSecretView = Type.Object({
  ...SecretView.properties,
  secret: Type.String({ description: 'Only this answer contains it.' }),
});

export const CreatedClientView = Type.Object({
  client: ClientView,
  secret: Nullable(NewSecretView),
});

/** An app for its owner. {@link ClientView} selects the members that are returned. */
export function presentClient(
  client: Client,
  { resourceServers }: Pick<Catalogue, 'resourceServers'>,
) {
  return {
    ...client,
    clientId: client.id,
    logo: logoHrefs(client),
    status: client.status === 'suspended' ? ('suspended' as const) : ('active' as const),
    introspectedResources: introspectedBy(client.id, resourceServers),
  };
}

/** The members of a secret that remain visible after its creation. */
export function presentSecret({ id, hint, createdAt, expiresAt, lastUsedAt }: SecretSummary) {
  return { secretId: id, hint, createdAt, expiresAt, lastUsedAt };
}

/** A new secret, in the only answer that contains it. */
export function presentNewSecret(secret: NewSecret) {
  return { ...presentSecret(secret), secret: secret.secret };
}
