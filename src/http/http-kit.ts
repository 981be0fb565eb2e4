import { fileURLToPath } from 'node:url';

import { deriveKey } from '../platform/keys/encryption.ts';
import { createInstruments, type Instruments } from '../platform/instruments.ts';
import type { Logger } from '../platform/logger.ts';
import { createAssets, type Assets } from './pages/assets.ts';
import type { SessionCaller } from './routing/caller.ts';
import { createCookieJar, type CookieJar } from './cookies.ts';
import { createCsrf, type Csrf } from './csrf.ts';
import { createFailureResponder, type FailureResponder } from './failure-responder.ts';
import { createTranslator, type Translator } from './pages/i18n.ts';
import { createPageSender, type PageSender } from './pages/page-sender.ts';
import { createRequestLog, type RequestLog } from './arrival/request-log.ts';
import type { HttpSettings } from './settings.ts';
import { createTextSigner } from './pages/signed-text.ts';
import { createTemplates, type Templates, type Viewer } from './pages/templates.ts';

/** Where templates, words and assets are. */
export const VIEWS_FOLDER = fileURLToPath(new URL('../../views', import.meta.url));

export interface HttpKitOptions {
  readonly settings: HttpSettings;
  readonly logger: Logger;
  /** Where requests are counted. Default: nowhere that anyone reads. */
  readonly instruments?: Instruments;
  /** The name shown in the frame of the pages. Called once per page of a signed-in person. */
  readonly describeViewer: (caller: SessionCaller) => Promise<Viewer>;
}

/** Everything HTTP that does not depend on routes: also used by the protocol side for its own pages and errors. */
export interface HttpKit {
  readonly settings: HttpSettings;
  readonly logger: Logger;
  readonly requestLog: RequestLog;
  readonly cookies: CookieJar;
  readonly csrf: Csrf;
  readonly assets: Assets;
  readonly translator: Translator;
  readonly templates: Templates;
  readonly pages: PageSender;
  /** Answers with the failure; for errors that never pass through our own middleware. */
  readonly respondToFailure: FailureResponder;
  readonly describeViewer: (caller: SessionCaller) => Promise<Viewer>;
}

/**
 * Makes the kit before anything that needs it (the provider, then the app).
 * @throws Error when a template folder, a translation file or a listed asset cannot be read.
 */
export function createHttpKit(options: HttpKitOptions): HttpKit {
  const { settings, logger, describeViewer, instruments = createInstruments() } = options;
  const { hasAccessLog = false } = settings;
  const cookies = createCookieJar(settings);
  const csrf = createCsrf(settings, cookies);
  const signer = createTextSigner(
    settings.cookieSecrets.map((secret) => deriveKey(secret, 'flash')),
  );
  const assets = createAssets(`${VIEWS_FOLDER}/assets`);
  const translator = createTranslator({
    viewsFolder: VIEWS_FOLDER,
    isStrict: settings.isDevelopment,
  });
  const templates = createTemplates({
    viewsFolder: VIEWS_FOLDER,
    isDevelopment: settings.isDevelopment,
    translator,
    assets,
  });
  const pages = createPageSender({ settings, cookies, csrf, signer, templates });
  const respondToFailure = createFailureResponder({ settings, logger, pages });
  return Object.freeze({
    settings,
    logger,
    requestLog: createRequestLog({ logger, instruments, hasAccessLog }),
    cookies,
    csrf,
    assets,
    translator,
    templates,
    pages,
    respondToFailure,
    describeViewer,
  });
}
