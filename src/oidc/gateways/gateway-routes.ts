import type { Context } from 'koa';
import { Type } from 'typebox';

import type { Client, Clients } from '../../clients/index.ts';
import { page } from '../../http/pages/page.ts';
import type { HttpError } from '../../http/http-error.ts';
import { redirectTo } from '../../http/routing/redirect-answer.ts';
import { notFound, pageRoute, render } from '../../http/routing/page-route.ts';
import { IdentifierParam } from '../../http/routing/path-parameters.ts';
import { type AnyRoute, Nothing, route } from '../../http/routing/route.ts';
import { checkedRequestOf, textOf, VERIFY_PATH } from './checked-request.ts';
import { GATEWAY_HEADER, refusal } from './find-gateway.ts';
import {
  type AuthorizationResponse,
  type NextAddress,
  STOPPED_PATH,
  STOPPED_REASONS,
  type StoppedReason,
} from './gateway-sign-in.ts';
import { siteOf } from './gateway-site.ts';
import { bodyOf, headersOf } from './verified-headers.ts';
import type { AllowedRequest, CheckedRequest, RefusedRequest } from './verify-access.ts';

/** The use cases of gateways, on the provider in use. */
export interface GatewayUseCases {
  require(input: {
    readonly header: string | undefined;
    readonly network: string;
  }): Promise<Client>;
  verify(gateway: Client, request: CheckedRequest): Promise<AllowedRequest | RefusedRequest>;
  beginSignIn(gateway: Client, to: string | undefined): NextAddress;
  finishSignIn(
    gateway: Client,
    input: { readonly response: AuthorizationResponse; readonly cookies: string | undefined },
  ): Promise<NextAddress>;
  beginSignOut(gateway: Client): NextAddress;
}

interface GatewayRoutesDeps {
  readonly gateways: GatewayUseCases;
  readonly clients: Pick<Clients, 'find'>;
}

const COMMON = {
  method: 'get',
  tag: 'Gateways',
  access: 'public',
  isCookieless: true,
} as const;
const IDENTIFIED = `The gateway identifies itself with \`${GATEWAY_HEADER}: Basic <id:secret>\`.`;
const Text = Type.Optional(Type.String({ maxLength: 4_000 }));

const VerifyQuery = Type.Object({
  redirect: Type.Optional(
    Type.Boolean({
      description:
        'Send browsers to the sign-in with 303, for gateways that pass the answer on (Traefik, Caddy). Default: 401 with the address in `Location`, for nginx.',
    }),
  ),
  scope: Type.Optional(
    Type.String({
      pattern: String.raw`^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$`,
      maxLength: 1_000,
      description: 'Permissions that the request needs, separated by spaces.',
    }),
  ),
});

const Allowed = Type.Object({
  access: Type.Literal(true),
  sub: Type.Optional(Type.String({ description: 'Absent for an app that acts for itself.' })),
  client_id: Type.String({ description: 'The app that holds the access.' }),
  scope: Type.String(),
  roles: Type.Array(Type.String()),
  acr: Type.Optional(Type.String()),
  auth_time: Type.Optional(Type.Integer({ description: 'Seconds since 1970.' })),
  email: Type.Optional(Type.String()),
  email_verified: Type.Optional(Type.Boolean()),
  name: Type.Optional(Type.String()),
});

/** Forward authentication: a reverse proxy checks each request to a site, and people sign in at the site. */
export function gatewayRoutes(deps: GatewayRoutesDeps): readonly AnyRoute[] {
  return [verifyRoute(deps), ...signInRoutes(deps), stoppedPage(deps)];
}

function verifyRoute({ gateways }: GatewayRoutesDeps): AnyRoute {
  return route({
    ...COMMON,
    path: VERIFY_PATH,
    operationId: 'verifyRequest',
    summary: 'Check a request to the site of a gateway',
    description: `${IDENTIFIED} It passes on \`Authorization\` and \`Cookie\` of the request, its path in \`X-Forwarded-Uri\` and its method in \`X-Forwarded-Method\`. The members of the answer are headers too: Consentry-Subject, -Client, -Scope, -Roles, -Acr, -Auth-Time, -Email and -Name. Every refusal has \`"access": false\`.`,
    query: VerifyQuery,
    response: Allowed,
    redirects: 'With `redirect`: a browser without a sign-in goes to the sign-in.',
    errorCodes: {
      401: ['unauthenticated', 'invalid_token'],
      403: ['gateway_unknown', 'insufficient_scope'],
      429: ['rate_limited'],
      503: ['ledger_unavailable'],
    },
    handle: async ({ query, request, ctx }) => {
      ctx.state['isRoutine'] = true;
      const gateway = await gateways.require(identityOf(ctx, request.network));
      const verdict = await gateways.verify(gateway, {
        ...checkedRequestOf(ctx.req.headers),
        requiredScope: query.scope,
      });
      ctx.vary('Authorization, Cookie');
      if (!verdict.isAllowed) {
        const { signInAddress } = verdict;
        if (query.redirect === true && signInAddress !== null) return redirectTo(signInAddress);
        throw refusalOf(verdict);
      }
      const body = bodyOf(verdict);
      for (const [name, value] of headersOf(body)) ctx.set(name, value);
      return body;
    },
  });
}

function signInRoutes({ gateways }: GatewayRoutesDeps): readonly AnyRoute[] {
  const requireGateway = (ctx: Context, network: string) =>
    gateways.require(identityOf(ctx, network));
  const common = {
    ...COMMON,
    response: Nothing,
    limit: { points: 600, perSeconds: 60 },
    errorCodes: { 403: ['gateway_unknown'] },
  } as const;
  const goTo = ({ location, cookies }: NextAddress) => redirectTo(location, cookies);
  return [
    route({
      ...common,
      path: `${VERIFY_PATH}/sign-in`,
      operationId: 'beginGatewaySignIn',
      summary: 'Start the sign-in of a browser at the site of a gateway',
      description: `${IDENTIFIED} It passes requests for \`sign-in\` in the folder of its redirect address here.`,
      redirects: 'To the sign-in.',
      query: Type.Object({ to: Text }),
      handle: async ({ query, request, ctx }) =>
        goTo(gateways.beginSignIn(await requireGateway(ctx, request.network), query.to)),
    }),
    route({
      ...common,
      path: `${VERIFY_PATH}/callback`,
      operationId: 'finishGatewaySignIn',
      summary: 'Finish the sign-in of a browser at the site of a gateway',
      description: `${IDENTIFIED} It passes requests for its redirect address here.`,
      redirects: 'To the page that the person wanted to open, or to a page about the refusal.',
      query: Type.Object({
        code: Text,
        state: Text,
        iss: Text,
        error: Text,
        error_description: Text,
      }),
      handle: async ({ query, request, ctx }) => {
        const gateway = await requireGateway(ctx, request.network);
        const { cookie: cookies } = ctx.req.headers;
        return goTo(await gateways.finishSignIn(gateway, { response: query, cookies }));
      },
    }),
    route({
      ...common,
      path: `${VERIFY_PATH}/sign-out`,
      operationId: 'beginGatewaySignOut',
      summary: 'Sign a browser out of the site of a gateway',
      description: `${IDENTIFIED} It passes requests for \`sign-out\` in the folder of its redirect address here.`,
      redirects: 'To the page that ends the session.',
      handle: async ({ request, ctx }) =>
        goTo(gateways.beginSignOut(await requireGateway(ctx, request.network))),
    }),
  ];
}

/** People see it at this server, because the site has no page of its own for them. It leads to the registered site only. */
function stoppedPage({ clients }: GatewayRoutesDeps): AnyRoute {
  return pageRoute({
    method: 'get',
    path: STOPPED_PATH,
    access: 'public',
    query: Type.Object({ app: IdentifierParam, reason: Type.Enum([...STOPPED_REASONS]) }),
    handle: async ({ query: { app, reason } }) => {
      const client = await clients.find(app);
      if (client?.isGateway !== true || client.status !== 'active') return notFound();
      const siteAddress = `${siteOf(client).origin}/`;
      return render(gatewayStoppedPage, { appName: client.name, siteAddress, reason });
    },
  });
}

/** The page after a sign-in at a site that ended without access. */
export const gatewayStoppedPage = page<{
  readonly appName: string;
  readonly siteAddress: string;
  readonly reason: StoppedReason;
}>('oidc/gateway-stopped.njk');

function identityOf({ req }: Context, network: string) {
  return { header: textOf(req.headers[GATEWAY_HEADER]), network };
}

function refusalOf({ status, code, challenge, signInAddress }: RefusedRequest): HttpError {
  const headers = {
    'WWW-Authenticate': challenge,
    ...(signInAddress !== null && { Location: signInAddress }),
  };
  return refusal(status, code, headers);
}
