import type * as oauth from 'openid-client';

import { APP_ORIGIN, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import { createPerson, signIn, type TestPerson, visitorAt } from '../support/people/people.ts';
import type { AppSettings } from '../support/people/third-party-app.ts';
import { machine } from './fast-path-requests.ts';
import { type FastPathScene, JWT_API, OPAQUE_API, openFastPathScene } from './fast-path-scene.ts';
import { identityOf } from './gateway-scene.ts';
import { type RawAnswer, sendRaw } from './raw-request.ts';

/** The redirect address of the gateway; nothing listens there. */
export const CALLBACK = `${APP_ORIGIN}/.consentry/callback`;
/** APIs behind the gateway, by the format of their tokens. */
export const SITE_APIS = {
  opaque: 'https://wiki.example.org/opaque',
  jwt: 'https://wiki.example.org/jwt',
} as const;

/** A gateway that is registered at an installation with two servers, one of which has the fast path. */
export interface VerifyScene extends FastPathScene {
  readonly gateway: ThirdPartyApp;
  /** Sends a check to one of the servers. */
  verify(input: VerifyInput): Promise<VerifyAnswer>;
  /** The tokens of a new person for an app, after sign-in and consent. */
  tokensOf(input: TokensInput): Promise<PersonTokens>;
  /** A token of an app that acts for itself; default: of a machine. */
  machineToken(form: Readonly<Record<string, string>>, app?: ThirdPartyApp): Promise<string>;
}

export interface VerifyInput {
  readonly path?: string;
  /** Default: the header of the gateway. */
  readonly identity?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly headers?: readonly string[];
  /** 0 has the fast path. */
  readonly node?: 0 | 1;
}

export interface VerifyAnswer extends RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface TokensInput {
  readonly app?: ThirdPartyApp;
  /** An API; default: none. */
  readonly resource?: string;
  readonly scope?: string;
  readonly person?: TestPerson;
  /** The person allows the permission of the API. Default true. */
  readonly isAllowed?: boolean;
}

export interface PersonTokens {
  readonly person: TestPerson;
  readonly app: ThirdPartyApp;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
  readonly code: string;
}

/** Opens it, with APIs whose tokens the gateway may introspect. */
export async function openVerifyScene(
  settings: AppSettings & { readonly hasRedis?: boolean } = {},
): Promise<VerifyScene> {
  const { hasRedis = false, ...app } = settings;
  const scene = await openFastPathScene(hasRedis);
  const gateway = await scene.register({
    name: 'Wiki',
    redirectUris: [CALLBACK],
    isGateway: true,
    scopes: ['openid', 'offline_access', 'orders:read'],
    ...app,
  });
  const { connected } = scene.fast;
  const { accountId: actorId } = await createPerson(connected, { isAdministrator: true });
  for (const [format, identifier] of Object.entries(SITE_APIS)) {
    const words = { en: format, ru: format };
    await connected.scopes.defineResourceServer({
      actorId,
      identifier,
      title: words,
      accessTokenFormat: format as keyof typeof SITE_APIS,
      accessTokenLifetimeSeconds: 300,
      introspectionClientIds: [gateway.clientId],
    });
    await connected.scopes.defineScope({
      actorId,
      name: `wiki:${format}`,
      resource: identifier,
      title: words,
      description: words,
      sensitivity: 'low',
    });
  }
  await Promise.all([scene.fast.protocol.settled(), scene.library.protocol.settled()]);
  const machineApp = await scene.registerMachine({
    scopes: ['orders:read', 'maps:read', 'wiki:opaque', 'wiki:jwt'],
  });
  const caller = await scene.register({ scopes: ALL_SCOPES });
  return {
    ...scene,
    gateway,
    verify: async ({ path = '/verify', identity, token, headers = [], node = 0 }) => {
      const sent = { ...(identity ?? identityOf(gateway.clientId, gateway.clientSecret)) };
      const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}`);
      if (token !== undefined) lines.push(`Authorization: Bearer ${token}`);
      const request = { path, headers: [...lines, ...headers] };
      return read(await sendRaw(scene.ports[node], request));
    },
    tokensOf: async ({ app: of = caller, person, ...request }) =>
      connect(scene, { ...request, app: of, person: person ?? (await createPerson(connected)) }),
    machineToken: async (form, of = machineApp) => {
      const answer = await sendRaw(scene.ports[0], machine(of, form));
      return String((JSON.parse(answer.body) as Record<string, unknown>)['access_token']);
    },
  };
}

const ALL_SCOPES = [
  'openid',
  'orders:read',
  'maps:read',
  'wiki:opaque',
  'wiki:jwt',
  'offline_access',
];
/** The permission of each API. */
export const SCOPE_OF: Readonly<Record<string, string>> = {
  [OPAQUE_API]: 'orders:read',
  [JWT_API]: 'maps:read',
  [SITE_APIS.opaque]: 'wiki:opaque',
  [SITE_APIS.jwt]: 'wiki:jwt',
};

type ConnectInput = TokensInput & Required<Pick<TokensInput, 'app' | 'person'>>;

async function connect(
  scene: FastPathScene,
  { app, person, resource, scope = 'openid offline_access', isAllowed = true }: ConnectInput,
): Promise<PersonTokens> {
  const visitor = visitorAt(scene.fast.url);
  const api = resource === undefined ? '' : (SCOPE_OF[resource] ?? '');
  const redirectUri = String(
    (await scene.fast.connected.clients.find(app.clientId))?.redirectUris[0],
  );
  const attempt = await app.begin(visitor, {
    scope: `${scope} ${api}`.trim(),
    redirect_uri: redirectUri,
    prompt: 'consent',
    ...(resource !== undefined && { resource }),
  });
  await signIn(visitor, person);
  const choices = api === '' || !isAllowed ? {} : { [`scope.${api}`]: 'allow' };
  await visitor.submitForm('button[value=allow]', choices);
  const code = attempt.answer().get('code') ?? '';
  const tokens: oauth.TokenEndpointResponse = await attempt.finish(
    resource === undefined ? {} : { resource },
  );
  return {
    person,
    app,
    code,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? '',
    idToken: tokens.id_token ?? '',
  };
}

function read(answer: RawAnswer): VerifyAnswer {
  const [first = '', ...lines] = answer.head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1).trim()];
    }),
  );
  const json = answer.body === '' ? {} : (JSON.parse(answer.body) as Record<string, unknown>);
  return { ...answer, status: Number(first.split(' ')[1]), headers, json };
}
