import { Type, type Static } from 'typebox';

import { sitePath } from '../../http/pages/site-path.ts';
import {
  formPage,
  type FormValues,
  pageRoute,
  redirect,
  render,
  success,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { AppError } from '../../platform/app-error.ts';
import { SIGNING_ALGORITHMS } from '../../platform/keys/signing-keys.ts';
import {
  type Client,
  isOwnedBy,
  type PublicKeySet,
  TOKEN_ENDPOINT_AUTH_METHODS,
} from '../client.ts';
import { type ClientRoutesDeps, ONE_CLIENT_PAGE } from '../client-routes.ts';
import {
  deletePage,
  formModel,
  linesOf,
  settingsPage,
  suspendPage,
  toAppLine,
  tokenLives,
} from '../console/client-views.ts';
import type { ClientSettings } from './client-settings.ts';

const ONE = '/developer/apps/{clientId}';
// After this time the person may have left the computer.
const FRESH_SECONDS = 3_600;

const Address = Type.Optional(Type.String({ maxLength: 2_000 }));
const Addresses = Type.Optional(Type.String({ maxLength: 20_000 }));
// The use case checks the limits, and the page shows its errors.
const Seconds = Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 }));
const SettingsForm = Type.Object({
  name: Type.String({ maxLength: 200 }),
  redirectUris: Addresses,
  postLogoutRedirectUris: Addresses,
  contact: Address,
  clientUri: Address,
  initiateLoginUri: Address,
  backchannelLogoutUri: Address,
  backchannelLogoutSessionRequired: Type.Optional(Type.Literal('on')),
  policyUri: Address,
  tosUri: Address,
  tokenEndpointAuthMethod: Type.Enum([...TOKEN_ENDPOINT_AUTH_METHODS]),
  jwks: Type.Optional(Type.String({ maxLength: 20_000 })),
  subjectType: Type.Enum(['public', 'pairwise']),
  idTokenSignedResponseAlg: Type.Enum([...SIGNING_ALGORITHMS]),
  requirePkce: Type.Optional(Type.Literal('on')),
  claimsInIdToken: Type.Optional(Type.Literal('on')),
  isGateway: Type.Optional(Type.Literal('on')),
  gatewayReadsContact: Type.Optional(Type.Literal('on')),
  rotateRefreshTokens: Type.Optional(Type.Literal('on')),
  accessTokenSeconds: Seconds,
  refreshTokenIdleSeconds: Seconds,
  refreshTokenAbsoluteSeconds: Seconds,
});

/** Pages on which a developer changes, suspends and deletes an app. */
export function clientSettingsRoutes(deps: ClientRoutesDeps): readonly AnyRoute[] {
  return [...settingsRoutes(deps), ...statusRoutes(deps), ...deleteRoutes(deps)];
}

function settingsRoutes({ clients, config }: ClientRoutesDeps): readonly AnyRoute[] {
  return formPage({
    path: `${ONE}/settings`,
    ...ONE_CLIENT_PAGE,
    form: SettingsForm,
    show: async ({ params, caller, formErrors, formValues }) => {
      const client = await clients.findManaged({ ...params, manager: caller });
      const form = formModel(formErrors ? formValues : valuesOf(client), formErrors ?? {});
      const lives = tokenLives(config.lifetimes);
      return render(settingsPage, { app: toAppLine(client), lives, ...form });
    },
    submit: async ({ params, form, caller }) => {
      const managed = { ...params, manager: caller };
      const client = await clients.findManaged(managed);
      await clients.change({ ...managed, changes: changesOf(form, client) });
      return redirect(sitePath`/developer/apps/${params.clientId}`, success('clients:flash.saved'));
    },
  });
}

function statusRoutes({ clients }: ClientRoutesDeps): readonly AnyRoute[] {
  return [
    ...formPage({
      path: `${ONE}/suspend`,
      ...ONE_CLIENT_PAGE,
      show: async ({ params, caller }) => {
        const client = await clients.findManaged({ ...params, manager: caller });
        // An administrator can suspend an app that its owner has suspended, so that the owner cannot resume it.
        return client.status === 'suspended' && isOwnedBy(client, caller)
          ? redirect(sitePath`/developer/apps/${client.id}`)
          : render(suspendPage, { app: toAppLine(client) });
      },
      submit: async ({ params, caller }) => {
        await clients.setStatus({ ...params, manager: caller, status: 'suspended' });
        const flash = { kind: 'warn', message: 'clients:flash.suspended' } as const;
        return redirect(sitePath`/developer/apps/${params.clientId}`, { flash });
      },
    }),
    pageRoute({
      method: 'post',
      path: `${ONE}/resume`,
      ...ONE_CLIENT_PAGE,
      handle: async ({ params, caller }) => {
        await clients.setStatus({ ...params, manager: caller, status: 'active' });
        const app = sitePath`/developer/apps/${params.clientId}`;
        return redirect(app, success('clients:flash.resumed'));
      },
    }),
  ];
}

function deleteRoutes({ clients }: ClientRoutesDeps): readonly AnyRoute[] {
  return formPage({
    path: `${ONE}/delete`,
    ...ONE_CLIENT_PAGE,
    freshSeconds: FRESH_SECONDS,
    show: async ({ params, caller }) => {
      const client = await clients.findManaged({ ...params, manager: caller });
      return render(deletePage, { app: toAppLine(client) });
    },
    submit: async ({ params, caller }) => {
      await clients.remove({ ...params, manager: caller });
      return redirect('/developer/apps', success('clients:flash.deleted'));
    },
  });
}

function valuesOf(client: Client): FormValues {
  return {
    name: client.name,
    redirectUris: client.redirectUris.join('\n'),
    postLogoutRedirectUris: client.postLogoutRedirectUris.join('\n'),
    contact: client.contact ?? '',
    clientUri: client.clientUri ?? '',
    initiateLoginUri: client.initiateLoginUri ?? '',
    backchannelLogoutUri: client.backchannelLogoutUri ?? '',
    ...(client.backchannelLogoutSessionRequired ? { backchannelLogoutSessionRequired: 'on' } : {}),
    policyUri: client.policyUri ?? '',
    tosUri: client.tosUri ?? '',
    tokenEndpointAuthMethod: client.tokenEndpointAuthMethod,
    jwks: client.jwks === null ? '' : JSON.stringify(client.jwks, null, 2),
    subjectType: client.subjectType,
    idTokenSignedResponseAlg: client.idTokenSignedResponseAlg,
    ...(client.requirePkce ? { requirePkce: 'on' } : {}),
    ...(client.claimsInIdToken ? { claimsInIdToken: 'on' } : {}),
    ...(client.isGateway ? { isGateway: 'on' } : {}),
    ...(client.gatewayReadsContact ? { gatewayReadsContact: 'on' } : {}),
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
  // A public client always uses PKCE; the page does not offer to turn it off.
  const isPublic = client.tokenEndpointAuthMethod === 'none';
  return {
    name: form.name,
    redirectUris: linesOf(form.redirectUris),
    postLogoutRedirectUris: linesOf(form.postLogoutRedirectUris),
    contact: form.contact ?? null,
    clientUri: form.clientUri ?? null,
    initiateLoginUri: form.initiateLoginUri ?? null,
    backchannelLogoutUri: form.backchannelLogoutUri ?? null,
    backchannelLogoutSessionRequired: form.backchannelLogoutSessionRequired === 'on',
    policyUri: form.policyUri ?? null,
    tosUri: form.tosUri ?? null,
    tokenEndpointAuthMethod: form.tokenEndpointAuthMethod,
    jwks: form.tokenEndpointAuthMethod === 'private_key_jwt' ? parseKeys(form.jwks) : null,
    subjectType: form.subjectType,
    idTokenSignedResponseAlg: form.idTokenSignedResponseAlg,
    requirePkce: isPublic || form.requirePkce === 'on',
    claimsInIdToken: form.claimsInIdToken === 'on',
    isGateway: form.isGateway === 'on',
    gatewayReadsContact: form.gatewayReadsContact === 'on',
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
    // Refused below, like every other text that is not a key set.
  }
  throw new AppError('invalid', 'client_invalid', { fields: { jwks: 'jwks_invalid' } });
}
