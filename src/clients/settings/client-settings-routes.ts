import { Type, type Static } from 'typebox';

import { pageRoute, redirect, render, type FormValues } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { AppError } from '../../platform/app-error.ts';
import { SIGNING_ALGORITHMS } from '../../platform/keys/signing-keys.ts';
import { type Client, type PublicKeySet, TOKEN_ENDPOINT_AUTH_METHODS } from '../client.ts';
import type { Clients, ClientSettings } from '../clients.ts';
import type { ClientConsoleDeps } from '../console/client-console-routes.ts';
import {
  deletePage,
  formModel,
  linesOf,
  settingsPage,
  suspendPage,
  toAppLine,
  tokenLives,
} from '../console/client-views.ts';
import { ClientParams } from '../client-path-schema.ts';
import { sitePath } from '../../http/pages/site-path.ts';

const LIST = '/developer/apps';
const ONE = '/developer/apps/{clientId}';
// Beyond this age the person may have left the screen.
const FRESH_SECONDS = 3_600;

const Address = Type.Optional(Type.String({ maxLength: 2_000 }));
const Addresses = Type.Optional(Type.String({ maxLength: 20_000 }));
// The use case checks the limits of each, and the page has a sentence for them.
const Seconds = Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 }));
const SettingsForm = Type.Object({
  name: Type.String({ maxLength: 200 }),
  redirectUris: Addresses,
  postLogoutRedirectUris: Addresses,
  contact: Address,
  clientUri: Address,
  policyUri: Address,
  tosUri: Address,
  logoUri: Address,
  tokenEndpointAuthMethod: Type.Enum([...TOKEN_ENDPOINT_AUTH_METHODS]),
  jwks: Type.Optional(Type.String({ maxLength: 20_000 })),
  subjectType: Type.Enum(['public', 'pairwise']),
  idTokenSignedResponseAlg: Type.Enum([...SIGNING_ALGORITHMS]),
  requirePkce: Type.Optional(Type.Literal('on')),
  claimsInIdToken: Type.Optional(Type.Literal('on')),
  rotateRefreshTokens: Type.Optional(Type.Literal('on')),
  accessTokenSeconds: Seconds,
  refreshTokenIdleSeconds: Seconds,
  refreshTokenAbsoluteSeconds: Seconds,
});

export interface ClientSettingsDeps extends Pick<ClientConsoleDeps, 'clients'> {
  readonly config: {
    /** In seconds; for apps that choose nothing. */
    readonly lifetimes: {
      readonly accessToken: number;
      readonly refreshToken: number;
      readonly refreshTokenAbsolute: number;
    };
  };
}

/** Pages on which a developer changes, suspends and deletes an app. */
export function clientSettingsRoutes(deps: ClientSettingsDeps): readonly AnyRoute[] {
  const { clients } = deps;
  return [...settingsRoutes(deps), ...statusRoutes(clients), ...deleteRoutes(clients)];
}

function settingsRoutes({ clients, config }: ClientSettingsDeps): readonly AnyRoute[] {
  const lives = tokenLives(config.lifetimes);
  return [
    pageRoute({
      method: 'get',
      path: `${ONE}/settings`,
      access: 'person',
      params: ClientParams,
      handle: async ({ params, caller }) => {
        const client = await clients.findManaged({ clientId: params.clientId, manager: caller });
        return render(settingsPage, {
          app: toAppLine(client),
          lives,
          ...formModel(valuesOf(client), {}),
        });
      },
    }),
    pageRoute({
      method: 'post',
      path: `${ONE}/settings`,
      access: 'person',
      params: ClientParams,
      form: SettingsForm,
      handle: async ({ params, form, formErrors, formValues, caller }) => {
        const managed = { clientId: params.clientId, manager: caller };
        if (formErrors) {
          const client = await clients.findManaged(managed);
          return render(settingsPage, {
            app: toAppLine(client),
            lives,
            ...formModel(formValues, formErrors),
          });
        }
        const client = await clients.findManaged(managed);
        await clients.change({ ...managed, changes: changesOf(form, client) });
        return redirect(sitePath`/developer/apps/${params.clientId}`, {
          flash: { kind: 'good', message: 'clients:flash.saved' },
        });
      },
    }),
  ];
}

function statusRoutes(clients: Clients): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: `${ONE}/suspend`,
      access: 'person',
      params: ClientParams,
      handle: async ({ params, caller }) =>
        render(suspendPage, {
          app: toAppLine(await clients.findManaged({ clientId: params.clientId, manager: caller })),
        }),
    }),
    pageRoute({
      method: 'post',
      path: `${ONE}/suspend`,
      access: 'person',
      params: ClientParams,
      handle: async ({ params, caller }) => {
        await clients.setStatus({
          clientId: params.clientId,
          manager: caller,
          status: 'suspended',
        });
        return redirect(sitePath`/developer/apps/${params.clientId}`, {
          flash: { kind: 'warn', message: 'clients:flash.suspended' },
        });
      },
    }),
    pageRoute({
      method: 'post',
      path: `${ONE}/resume`,
      access: 'person',
      params: ClientParams,
      handle: async ({ params, caller }) => {
        await clients.setStatus({ clientId: params.clientId, manager: caller, status: 'active' });
        return redirect(sitePath`/developer/apps/${params.clientId}`, {
          flash: { kind: 'good', message: 'clients:flash.resumed' },
        });
      },
    }),
  ];
}

function deleteRoutes(clients: Clients): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: `${ONE}/delete`,
      access: 'person',
      params: ClientParams,
      freshSeconds: FRESH_SECONDS,
      handle: async ({ params, caller }) =>
        render(deletePage, {
          app: toAppLine(await clients.findManaged({ clientId: params.clientId, manager: caller })),
        }),
    }),
    pageRoute({
      method: 'post',
      path: `${ONE}/delete`,
      access: 'person',
      params: ClientParams,
      freshSeconds: FRESH_SECONDS,
      handle: async ({ params, caller }) => {
        await clients.remove({ clientId: params.clientId, manager: caller });
        return redirect(LIST, { flash: { kind: 'good', message: 'clients:flash.deleted' } });
      },
    }),
  ];
}

function valuesOf(client: Client): FormValues {
  return {
    name: client.name,
    redirectUris: client.redirectUris.join('\n'),
    postLogoutRedirectUris: client.postLogoutRedirectUris.join('\n'),
    contact: client.contact ?? '',
    clientUri: client.clientUri ?? '',
    policyUri: client.policyUri ?? '',
    tosUri: client.tosUri ?? '',
    logoUri: client.logoUri ?? '',
    tokenEndpointAuthMethod: client.tokenEndpointAuthMethod,
    jwks: client.jwks === null ? '' : JSON.stringify(client.jwks, null, 2),
    subjectType: client.subjectType,
    idTokenSignedResponseAlg: client.idTokenSignedResponseAlg,
    ...(client.requirePkce ? { requirePkce: 'on' } : {}),
    ...(client.claimsInIdToken ? { claimsInIdToken: 'on' } : {}),
    ...(client.rotateRefreshTokens ? { rotateRefreshTokens: 'on' } : {}),
    accessTokenSeconds: secondsText(client.accessTokenSeconds),
    refreshTokenIdleSeconds: secondsText(client.refreshTokenIdleSeconds),
    refreshTokenAbsoluteSeconds: secondsText(client.refreshTokenAbsoluteSeconds),
  };
}

function secondsText(seconds: number | null): string {
  return seconds === null ? '' : String(seconds);
}

function changesOf(form: Static<typeof SettingsForm>, client: Client): Partial<ClientSettings> {
  // A public client always proves its code; the page does not even offer to stop that.
  const isPublic = client.tokenEndpointAuthMethod === 'none';
  return {
    name: form.name,
    redirectUris: linesOf(form.redirectUris),
    postLogoutRedirectUris: linesOf(form.postLogoutRedirectUris),
    contact: form.contact ?? null,
    clientUri: form.clientUri ?? null,
    policyUri: form.policyUri ?? null,
    tosUri: form.tosUri ?? null,
    logoUri: form.logoUri ?? null,
    tokenEndpointAuthMethod: form.tokenEndpointAuthMethod,
    jwks: form.tokenEndpointAuthMethod === 'private_key_jwt' ? parseKeys(form.jwks) : null,
    subjectType: form.subjectType,
    idTokenSignedResponseAlg: form.idTokenSignedResponseAlg,
    requirePkce: isPublic || form.requirePkce === 'on',
    claimsInIdToken: form.claimsInIdToken === 'on',
    rotateRefreshTokens: form.rotateRefreshTokens === 'on',
    accessTokenSeconds: form.accessTokenSeconds ?? null,
    refreshTokenIdleSeconds: form.refreshTokenIdleSeconds ?? null,
    refreshTokenAbsoluteSeconds: form.refreshTokenAbsoluteSeconds ?? null,
  };
}

function parseKeys(text: string | undefined): PublicKeySet | null {
  if (text === undefined || text.trim() === '') return null;
  try {
    const parsed = JSON.parse(text) as Partial<PublicKeySet> | null;
    const keys = Array.isArray(parsed?.keys) ? parsed.keys : [];
    if (keys.every((key) => typeof key === 'object' && key !== null)) return { keys };
  } catch {
    // Said below, like every other shape that is not a key set.
  }
  throw new AppError('invalid', 'client_invalid', { fields: { jwks: 'jwks_invalid' } });
}
