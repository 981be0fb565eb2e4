import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Middleware } from 'koa';

import { ensureOwnClients } from '../clients/index.ts';
import type { Config } from '../config/config.ts';
import { createAdmission, type Admission } from '../http/arrival/admission.ts';
import { atIssuer } from '../http/arrival/canonical-host.ts';
import { answerBrokenRequests } from '../http/arrival/broken-requests.ts';
import { catchFailures } from '../http/failure-responder.ts';
import { createHealth, type Health } from '../http/health.ts';
import { createHttpApp } from '../http/http-app.ts';
import type { HttpKit } from '../http/http-kit.ts';
import { createKit } from './kit.ts';
import { languagesOf } from '../http/pages/languages.ts';
import { createIngress } from '../http/arrival/ingress.ts';
import { createPlainIngress } from '../http/arrival/plain-ingress.ts';
import { writeOriginForm } from '../http/arrival/request-target.ts';
import { createMetricsEndpoint } from '../http/metrics-endpoint.ts';
import { createSecurityTxt } from '../http/security-txt.ts';
import { isHttps } from '../http/settings.ts';
import {
  createRequestAuthenticator,
  createProtocol,
  createProviderPages,
  NO_ROLES,
  type Protocol,
  VERIFY_PATH,
} from '../oidc/http.ts';
import {
  createReturnAddress,
  createStorage,
  type RevocationWatch,
  watchRevocations,
} from '../oidc/index.ts';
import type { PlatformOptions } from './open-platform.ts';
import { deriveKey } from '../platform/keys/encryption.ts';
import { API_DESCRIPTION } from './api-description.ts';
import { startBackground } from './background.ts';
import { createMessaging, type Messaging } from './messaging.ts';
import { healthChecks, NEEDS_NO_DATABASE, requireTimeline } from './health-checks.ts';
import { allMeasures } from './measures.ts';
import { createMetrics } from '../platform/metrics.ts';
import { allRoutes } from './routes.ts';
import { connect, type Connected } from './services.ts';
import { moveAccountKeys } from '../vault/index.ts';

/** One node. */
interface App {
  readonly server: Server;
  readonly connected: Connected;
  readonly protocol: Protocol;
  /** @returns the address that requests reach it at. */
  listen(): Promise<{ url: string }>;
  /**
   * Reports itself as not ready and continues to serve for the drain time of the configuration, without keeping
   * connections; then refuses new requests so that other nodes serve them, finishes the requests in flight and closes
   * everything.
   */
  close(): Promise<void>;
}

/** In milliseconds. */
const TIMEOUTS = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 };
/** Requests that run longer than this after the drain time are aborted. */
const GRACE_MS = 10_000;

/** Connects all parts of one node. `routes.ts` lists its routes, `services.ts` creates its slices. */
export async function createApp(config: Config, options: PlatformOptions = {}): Promise<App> {
  const connected = await connect(config, options);
  try {
    return await assemble(connected);
  } catch (error) {
    await connected.close();
    throw error;
  }
}

async function assemble(connected: Connected): Promise<App> {
  const { config } = connected;
  // In development no older node is running. In production an operator moves the keys ("consentry keys rotate").
  if (config.mode === 'development')
    await moveAccountKeys({ ...connected, leaves: connected.keyStore }, { batchSize: 500 });
  await ensureOwnClients(connected, { issuer: config.issuer });
  await connected.ledger.ensurePartitions();
  const kit = createKit(connected);
  const protocol = await startProtocol(connected, kit);
  const health = createHealth(healthChecks(connected));
  const messaging = await createMessaging(connected, kit);
  const isForPrograms = (req: IncomingMessage) =>
    protocol.isForPrograms(pathOf(req)) || pathOf(req) === VERIFY_PATH;
  const limits = config.requestLimits;
  const admission = createAdmission({ limits, isForPrograms, log: connected.log });
  const parts = { kit, protocol, health, messaging, admission, isForPrograms };
  const server = createNodeServer(connected, parts);
  const background = await startBackground(connected, { messaging, protocol });
  let watch: RevocationWatch | undefined;
  return {
    server,
    connected,
    protocol,
    listen: async () => {
      const listening = await listen(server, config);
      watch = watchRevocations({ ...connected, ownUrl: ownUrlOf(server) });
      return listening;
    },
    close: async () => {
      health.startStopping();
      await Promise.all([admission.drain(config.drainSeconds), watch?.stop()]);
      await admission.close(server, GRACE_MS);
      await background.stop();
      await connected.close();
    },
  };
}

/** The protocol endpoints, built from the catalogue in the database. */
export function startProtocol(connected: Connected, kit: HttpKit): Promise<Protocol> {
  const { config, claims } = connected;
  return createProtocol({
    ...connected,
    releaseClaims: claims.releaseClaims,
    releaseRepeatableClaims: claims.releaseRepeatableClaims,
    previewRelease: claims.previewRelease,
    roles: NO_ROLES,
    storage: createStorage(connected),
    pages: createProviderPages(
      async (ctx, result) => kit.pages.send(ctx, result),
      languagesOf(kit),
    ),
    around: [createIngress(kit), catchFailures(kit.respondToFailure)],
    plainIngress: createPlainIngress(kit),
    settings: {
      issuer: config.issuer,
      locales: connected.languages.installed,
      cookieKeys: config.secrets.cookieKeys,
      hasApiDocs: config.pages.hasApiDocs,
      hasFastPath: config.hasFastPath,
      requiresUsername: config.registrationUsername === 'required',
      lifetimes: config.lifetimes,
      pairwiseSalt: Buffer.from(config.secrets.pairwiseSalt),
    },
  });
}

interface NodeParts {
  readonly kit: HttpKit;
  readonly protocol: Protocol;
  readonly health: Health;
  readonly messaging: Messaging;
  readonly admission: Admission;
  readonly isForPrograms: (req: IncomingMessage) => boolean;
}

function createNodeServer(connected: Connected, parts: NodeParts): Server {
  const { kit, protocol, health, messaging, admission, isForPrograms } = parts;
  const { config, rateLimiter, timeline } = connected;
  const returnAddress = createReturnAddress(
    deriveKey(Buffer.from(config.secrets.cookieKeys[0] ?? ''), 'return-address'),
  );
  const deps = {
    ...connected,
    ...protocol,
    renderMail: messaging.renderMail,
    renderSms: messaging.renderSms,
    returnAddress,
    languages: languagesOf(kit),
    words: kit.translator,
    issuer: config.issuer,
  };
  const app = createHttpApp({
    kit,
    rateLimiter,
    authenticateRequest: createRequestAuthenticator(deps),
    routes: allRoutes({ ...deps, templates: kit.templates }),
    apiDocs: config.pages.hasApiDocs ? API_DESCRIPTION : null,
    before: [
      health.middleware,
      createSecurityTxt({
        ...config,
        ...config.securityTxt,
        languages: connected.languages.installed,
        now: () => connected.clock.now(),
      }),
      ...(config.metrics.isServed ? [metricsOf(connected, admission)] : []),
      requireTimeline(connected, protocol),
    ],
  });
  const serveOurs = app.callback();
  const answer = atIssuer({ issuer: config.issuer, isForPrograms }, (req, res) => {
    const path = pathOf(req);
    if (!timeline.isSame() && !NEEDS_NO_DATABASE.has(path)) void answerOnceCompared(req, res);
    else if (protocol.isProtocolPath(path)) protocol.serve(req, res);
    else if (!protocol.serveCheck(req, res, serveOurs)) void serveOurs(req, res);
  });
  const answerOnceCompared = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    await timeline.require().catch(() => undefined);
    // Our own routes refuse with a page or a problem document, for every path.
    if (timeline.isSame() && protocol.isProtocolPath(pathOf(req))) protocol.serve(req, res);
    else await serveOurs(req, res);
  };
  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    writeOriginForm(req);
    admission.admit(req, res, answer);
  });
  answerBrokenRequests(server, { requestLog: kit.requestLog, isHttps: isHttps(config) });
  return Object.assign(server, TIMEOUTS);
}

function metricsOf(connected: Connected, admission: Admission): Middleware {
  const { requestDurations, redisDurations } = connected.instruments;
  const durations = [requestDurations, ...(connected.redis === null ? [] : [redisDurations])];
  const metrics = createMetrics(allMeasures(connected, admission), durations);
  return createMetricsEndpoint({ metrics, token: connected.config.metrics.token });
}

function pathOf(req: IncomingMessage): string {
  const [path = '/'] = (req.url ?? '/').split('?', 1);
  return path;
}

function listen(server: Server, { host, port, issuer }: Config): Promise<{ url: string }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const { port: bound } = server.address() as AddressInfo;
      resolve({ url: port === 0 ? `http://${host}:${String(bound)}` : issuer });
    });
  });
}

/** The address at which this node reaches itself, not the public address, where another node may answer. */
function ownUrlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  const isAny = address === '0.0.0.0' || address === '::';
  const host = isAny ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${String(port)}`;
}
