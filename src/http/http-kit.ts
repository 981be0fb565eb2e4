import { fileURLToPath } from 'node:url';

import { createInstruments, type Instruments } from '../platform/instruments.ts';
import { deriveKey } from '../platform/keys/encryption.ts';
import type { Logger } from '../platform/logger.ts';
import { createRequestLog } from './arrival/request-log.ts';
import { createCookieJar } from './cookies.ts';
import { createCsrf } from './csrf.ts';
import { createFailureResponder } from './failure-responder.ts';
import { createAssets } from './pages/assets.ts';
import { brandFiles, presentBrand } from './pages/brand.ts';
import type { Translator } from './pages/i18n.ts';
import { createPageSender } from './pages/page-sender.ts';
import { createTextSigner } from './pages/signed-text.ts';
import { createTemplates, type Viewer } from './pages/templates.ts';
import { createWordKeeper } from './pages/unbroken-words.ts';
import type { SessionCaller } from './routing/caller.ts';
import type { HttpSettings } from './settings.ts';

/** The folder of templates, words and assets. */
export const VIEWS_FOLDER = fileURLToPath(new URL('../../views', import.meta.url));

interface HttpKitOptions {
  readonly settings: HttpSettings;
  readonly logger: Logger;
  readonly translator: Translator;
  /** Counts requests. Default: instruments that no endpoint publishes. */
  readonly instruments?: Instruments;
  /** The person in the frame of the pages. Called once per page of a signed-in person. */
  readonly describeViewer: (caller: SessionCaller) => Promise<Viewer>;
}

/**
 * The part of HTTP that does not depend on routes; the protocol side uses it for its own pages and errors.
 * @throws Error when a template folder or a listed asset cannot be read.
 */
export function createHttpKit(options: HttpKitOptions) {
  const {
    settings,
    logger,
    translator,
    describeViewer,
    instruments = createInstruments(),
  } = options;
  const { isDevelopment, cookieSecrets, hasAccessLog = false } = settings;
  const cookies = createCookieJar(settings);
  const csrf = createCsrf(settings, cookies);
  const signer = createTextSigner(cookieSecrets.map((secret) => deriveKey(secret, 'flash')));
  const assets = createAssets(`${VIEWS_FOLDER}/assets`, brandFiles(settings.brand));
  const brand = presentBrand(settings.brand, assets);
  const templatesIn = (folders: readonly string[]) =>
    createTemplates({ folders, isDevelopment, translator, assets, brand });
  const templates = templatesIn([VIEWS_FOLDER]);
  const pages = createPageSender({
    settings,
    cookies,
    csrf,
    signer,
    templates,
    keepWordsUnbroken: createWordKeeper(translator.texts),
  });
  return {
    settings,
    logger,
    requestLog: createRequestLog({ logger, instruments, hasAccessLog }),
    cookies,
    csrf,
    assets,
    brand,
    translator,
    templates,
    /** Templates of other folders, with the globals of the pages. */
    templatesIn,
    pages,
    /** Answers with the failure; for errors outside our own middleware. */
    respondToFailure: createFailureResponder({ settings, logger, pages }),
    describeViewer,
  };
}

export type HttpKit = ReturnType<typeof createHttpKit>;
