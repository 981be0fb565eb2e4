import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import type { ResourceServer } from '../../src/scopes/index.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import {
  type AppSettings,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../support/people/third-party-app.ts';

export const OPAQUE_API = 'https://orders.example.org/api';
export const JWT_API = 'https://maps.example.org/api';

/** An app and an access token that a person gave it. */
export interface Connection {
  readonly app: ThirdPartyApp;
  readonly person: TestPerson;
  readonly token: string;
  readonly refreshToken: string;
}

/** Two servers of one installation: one with the fast path, one without. */
export interface FastPathScene {
  readonly fast: TestServer;
  readonly library: TestServer;
  readonly ports: readonly [number, number];
  connectPerson(settings?: ConnectSettings): Promise<Connection>;
  register(settings: AppSettings): Promise<ThirdPartyApp>;
  /** An app without people; `api` names an API of which it has the permission. */
  registerMachine(settings?: AppSettings): Promise<ThirdPartyApp>;
  stop(): Promise<void>;
}

export interface ConnectSettings {
  readonly app?: AppSettings;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Fields of the consent page. Default: the name and the e-mail address are shared. */
  readonly choices?: Readonly<Record<string, string>>;
}

export async function openFastPathScene(hasRedis: boolean): Promise<FastPathScene> {
  const fast = await startTestServer({ redis: hasRedis });
  const library = await startTestServer({
    redis: hasRedis,
    databaseUrl: fast.databaseUrl,
    config: { issuer: fast.url, hasFastPath: false },
  });
  const { connected } = fast;
  const { accountId } = await createPerson(connected, { isAdministrator: true });
  const register = (settings: AppSettings) => registerThirdPartyApp(fast, accountId, settings);
  await defineApi(fast, accountId, {
    identifier: OPAQUE_API,
    format: 'opaque',
    scope: 'orders:read',
  });
  await defineApi(fast, accountId, { identifier: JWT_API, format: 'jwt', scope: 'maps:read' });

  return {
    fast,
    library,
    ports: [portOf(fast), portOf(library)],
    register,
    registerMachine: (settings = {}) =>
      register({
        applicationType: 'machine',
        redirectUris: [],
        postLogoutRedirectUris: [],
        scopes: ['orders:read', 'maps:read'],
        ...settings,
      }),
    connectPerson: async ({ app: settings = {}, parameters = {}, choices } = {}) => {
      const person = await createPerson(connected, { values: { name: ['Ana Petrova'] } });
      const app = await register(settings);
      const tokens = await connectApp({
        visitor: visitorAt(fast.url),
        app,
        person,
        parameters: { scope: 'openid profile email', ...parameters },
        choices: choices ?? {
          'claim.name': person.attributeIds['name']?.[0] ?? '',
          'claim.email': person.attributeIds['email']?.[0] ?? '',
        },
      });
      return {
        app,
        person,
        token: tokens.access_token,
        refreshToken: tokens.refresh_token ?? '',
      };
    },
    stop: async () => {
      await library.stop();
      await fast.stop();
    },
  };
}

interface Api {
  readonly identifier: string;
  readonly format: ResourceServer['accessTokenFormat'];
  readonly scope: string;
}

async function defineApi(
  { connected: { scopes } }: TestServer,
  actorId: string,
  { identifier, format, scope }: Api,
): Promise<void> {
  await scopes.defineResourceServer({
    actorId,
    identifier,
    title: words('API'),
    accessTokenFormat: format,
    accessTokenLifetimeSeconds: 600,
  });
  await scopes.defineScope({
    actorId,
    name: scope,
    resource: identifier,
    title: words(scope),
    description: words(scope),
    sensitivity: 'low',
  });
}

function words(text: string) {
  return { en: text, ru: text };
}

function portOf({ server }: TestServer): number {
  return (server.address() as AddressInfo).port;
}

/** The value of an `Authorization: Basic` header. */
export function basicOf({ clientId, clientSecret }: ThirdPartyApp): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
}

/**
 * Counts the requests that reach the library of the server with the fast path. A call follows a provider that was replaced since the
 * last call.
 */
export function countLibraryRequests({ fast }: Pick<FastPathScene, 'fast'>): () => number {
  let count = 0;
  let watched: object | undefined;
  return () => {
    const provider = fast.protocol.provider();
    if (provider === watched) return count;
    watched = provider;
    const create = provider.createContext.bind(provider);
    Object.assign(provider, {
      createContext: (...input: Parameters<typeof create>) => {
        count += 1;
        return create(...input);
      },
    });
    return count;
  };
}

/** The content of an access token, with its life span in place of its times. */
export async function contentOf({ fast }: FastPathScene, value: string): Promise<object> {
  const content = await fast.connected.tokens.artifacts('AccessToken').find(value);
  const { jti: _jti, iat = 0, exp = 0, ...kept } = content ?? expect.fail('no access token');
  return { ...kept, seconds: exp - iat };
}
