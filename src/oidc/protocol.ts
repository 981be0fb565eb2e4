import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';

import type { PlainIngress } from '../http/arrival/plain-ingress.ts';
import { answerAsToClient } from '../http/failure-responder.ts';
import { applyKoaSettings } from '../http/koa-settings.ts';
import { applyApiHeaders, applySecurityHeaders } from '../http/security-headers.ts';
import { ensureSigningKeys } from '../platform/keys/signing-keys.ts';
import type { Catalogue } from '../scopes/index.ts';
import { clearUnsavedUses } from '../sessions/index.ts';
import { CLIENT_ENDPOINTS, DISCOVERY_PATHS, PROTOCOL_ROUTES } from './configuration.ts';
import { limitAuthorizationRequests } from './authorization/authorization-limit.ts';
import { acceptEmptySecret } from './client-authentication/client-authentication.ts';
import { limitClientGuessing } from './client-authentication/client-guessing-limit.ts';
import { createConstantDocuments, type ConstantDocuments } from './constant-documents.ts';
import { previewAnswers, type PreviewAnswersInput } from './authorization/preview-answers.ts';
import { guardEndpoints } from './endpoint-methods.ts';
import { createFastPathContext, type FastPathContext } from './fast-path/context.ts';
import { createFastPath, type FastPath, type Handler } from './fast-path/fast-path.ts';
import { createGateways } from './gateways/create-gateways.ts';
import { createVerifyPath } from './gateways/verify-path.ts';
import { createInteractionPolicy } from './authorization/interaction-policy.ts';
import { issueLogoutToken, type LogoutTokenInput } from './issue-logout-token.ts';
import { createProvider, type ProviderDeps } from './provider.ts';
import { finishGrantManagement } from './grant-management/finish-grant-management.ts';
import { fromProviderError } from './provider-errors.ts';
import { leaveForApps } from './authorization/leave-for-app.ts';
import { createProviderReloader } from './provider-reloader.ts';
import { publishRevocationLatency } from './revocation/publish-revocation-latency.ts';
import { recordProtocolEvents } from './protocol-events.ts';
import { createInteractionTraces } from './adapters/interaction-traces.ts';
import { redeem } from './adapters/redeem.ts';
import { reportReadableScopes } from './readable-scopes.ts';

interface ProtocolDeps extends Omit<ProviderDeps, 'policy'> {
  /** Middleware around every protocol request: the caller, the log line, failures. */
  readonly around: readonly Middleware[];
  /** Used instead for requests that are answered without middleware. */
  readonly plainIngress: PlainIngress;
}

const EXACT = new Set([...DISCOVERY_PATHS, ...Object.values(PROTOCOL_ROUTES)]);
/** Endpoints for programs only: their answers are never shown as a page. */
const FOR_PROGRAMS = new Set([
  ...DISCOVERY_PATHS,
  ...CLIENT_ENDPOINTS,
  PROTOCOL_ROUTES.userinfo,
  PROTOCOL_ROUTES.jwks,
]);
/** Programs call these endpoints frequently, so a success is logged like a read. */
const ROUTINE = new Set([...FOR_PROGRAMS].filter((path) => path !== PROTOCOL_ROUTES.revocation));
const END_STEPS = new Set(
  ['confirm', 'success'].map((step) => `${PROTOCOL_ROUTES.end_session}/${step}`),
);
const BELOW = [`${PROTOCOL_ROUTES.authorization}/`, `${PROTOCOL_ROUTES.end_session}/`];

/** The ways in which requests to one provider are answered, in this order. */
interface Serving {
  readonly documents: ConstantDocuments;
  readonly fastPath: FastPath | null;
  /** For one of our own routes, which it replaces for plain requests. */
  readonly verifyPath: FastPath | null;
  readonly context: FastPathContext;
  readonly library: Handler;
}

/** The endpoints of OAuth 2 and OpenID Connect. Builds the provider from the catalogue and the keys in the database and keeps it current. */
export async function createProtocol(deps: ProtocolDeps) {
  const servings = new WeakMap<Provider, Serving>();
  let newest: ConstantDocuments | undefined;
  // One for all providers, because it listens during the whole life of the node.
  const addRevocationLatency = publishRevocationLatency(deps, () => newest?.forget());

  const build = async (): Promise<Provider> => {
    const [catalogue, keys] = await Promise.all([deps.scopes.catalogue(), ensureSigningKeys(deps)]);
    const policy = createInteractionPolicy(deps);
    const provider = createProvider({ ...deps, policy }, catalogue, keys);
    const documents = createConstantDocuments();
    const around = middlewareFor(deps, provider, catalogue);
    for (const middleware of [...around, documents.middleware, addRevocationLatency]) {
      provider.use(middleware);
    }
    applyKoaSettings(provider, deps.log);
    recordProtocolEvents(provider, deps);
    const context = createFastPathContext({ ...deps, provider, catalogue, policy });
    servings.set(provider, {
      documents,
      ...createPlainPaths(context, deps),
      context,
      library: provider.callback(),
    });
    newest = documents;
    return provider;
  };
  const reloader = await createProviderReloader({ feed: deps.feed, log: deps.log, build });
  const serving = (): Serving => {
    const found = servings.get(reloader.current());
    if (found === undefined) throw new Error('the provider in use was not built here');
    return found;
  };

  return {
    isProtocolPath: (path: string): boolean =>
      EXACT.has(path) || BELOW.some((prefix) => path.startsWith(prefix)),
    /** Paths of short requests that programs send, without a page. */
    isForPrograms: (path: string): boolean => FOR_PROGRAMS.has(path),
    serve: (req: IncomingMessage, res: ServerResponse): void => {
      const { documents, fastPath, library } = serving();
      if (documents.answerAtOnce(req, res, deps.plainIngress)) return;
      if (fastPath?.(req, res, library) !== true) library(req, res);
    },
    /** Answers a plain check of a gateway, or passes it to `route`. @returns false for every other request. */
    serveCheck: (req: IncomingMessage, res: ServerResponse, route: Handler): boolean =>
      serving().verifyPath?.(req, res, route) ?? false,
    /** The current provider. Do not store it, because it is replaced when the catalogue or the keys change. */
    provider: reloader.current,
    /** The use cases of gateways. */
    gateways: createGateways(() => serving().context),
    interactionTraces: createInteractionTraces(deps),
    /** See {@link previewAnswers}. */
    previewAnswers: (input: PreviewAnswersInput) => previewAnswers(deps, reloader.current(), input),
    /** See {@link issueLogoutToken}. */
    issueLogoutToken: (notice: LogoutTokenInput) =>
      issueLogoutToken(deps, reloader.current(), notice),
    /** Resolves when this node serves its newest catalogue. */
    settled: reloader.settled,
  };
}

export type Protocol = Awaited<ReturnType<typeof createProtocol>>;

/** The ways that answer plain requests without middleware; null when they are turned off. */
function createPlainPaths(
  context: FastPathContext,
  { settings, plainIngress }: ProtocolDeps,
): Pick<Serving, 'fastPath' | 'verifyPath'> {
  if (!settings.hasFastPath) return { fastPath: null, verifyPath: null };
  return {
    fastPath: createFastPath(context, plainIngress),
    verifyPath: createVerifyPath(context, plainIngress),
  };
}

/** The middleware around the library, the outermost first. */
function middlewareFor(
  deps: ProtocolDeps,
  provider: Provider,
  catalogue: Catalogue,
): readonly Middleware[] {
  return [
    ...deps.around,
    (ctx, next) => {
      if (FOR_PROGRAMS.has(ctx.path)) answerAsToClient(ctx);
      return next();
    },
    // The library saves the session outside of its own handling of errors.
    (_ctx, next) => fromProviderError(next()),
    async (ctx, next) => {
      await next();
      // After an outage the request can be repeated and needs them.
      if (ctx.status < 500) await clearUnsavedUses();
    },
    limitAuthorizationRequests(deps),
    limitClientGuessing(deps),
    protocolHeaders(deps.settings.issuer.startsWith('https:')),
    guardEndpoints,
    leaveForApps(deps),
    acceptEmptySecret(provider),
    redeem(deps),
    finishGrantManagement(deps),
    reportReadableScopes(catalogue),
  ];
}

/** The route pattern of a request, from a fixed list, because it is a label of metrics. */
function patternOf(path: string): string {
  if (EXACT.has(path) || END_STEPS.has(path)) return path;
  return path.startsWith(`${PROTOCOL_ROUTES.authorization}/`)
    ? '/auth/{uid}'
    : `${PROTOCOL_ROUTES.end_session}/{step}`;
}

/** Sets the headers of our own pages on every answer of the library. */
function protocolHeaders(isHttps: boolean): Middleware {
  return async (ctx, next) => {
    ctx.state['routePattern'] = patternOf(ctx.path);
    ctx.state['isRoutine'] = ROUTINE.has(ctx.path);
    if (FOR_PROGRAMS.has(ctx.path)) applyApiHeaders(ctx, { isHttps });
    else applySecurityHeaders(ctx, { isHttps });
    await next();
    if (ctx.status === 503) ctx.set('Retry-After', '2');
    nameUnauthorizedClient(ctx);
    // Koa sets the content type of an empty body to text, and clients in browsers refuse other types than JSON (RFC
    // 7009 §2.2 has no body).
    if (ctx.body === '') ctx.remove('Content-Type');
  };
}

/** RFC 6749 §5.2 has a special error code for this, which the library does not use. */
function nameUnauthorizedClient(ctx: Parameters<Middleware>[0]): void {
  const body = ctx.body as { error?: string; error_description?: string } | null | undefined;
  if (ctx.status !== 400 || ctx.path !== PROTOCOL_ROUTES.token) return;
  if (body?.error_description !== 'requested grant type is not allowed for this client') return;
  ctx.body = { ...body, error: 'unauthorized_client' };
}
