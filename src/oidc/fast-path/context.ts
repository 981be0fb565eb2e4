import type { IncomingMessage } from 'node:http';

import type { interactionPolicy, Provider } from 'oidc-provider';

import type { Catalogue } from '../../scopes/index.ts';
import { serverScopes, sessionCookieName } from '../configuration.ts';
import type { OidcContext } from '../context.ts';
import { createCookieSignatures } from '../cookie-signatures.ts';
import { createSignedCookieReader, type SignedCookie } from './signed-cookie.ts';

export interface FastPathDeps extends OidcContext {
  /** The provider in use, and the catalogue that it was built from. */
  readonly provider: Provider;
  readonly catalogue: Catalogue;
  /** The prompts of the provider. */
  readonly policy: interactionPolicy.DefaultPolicy;
}

/** The dependencies of the endpoints of the fast path. */
export interface FastPathContext extends FastPathDeps {
  /** The scopes that are granted by the server itself. */
  readonly serverScopes: ReadonlySet<string>;
  readonly readSessionCookie: (req: IncomingMessage) => SignedCookie | null;
}

/** Computes the parts of the context that stay the same during the life of a provider. */
export function createFastPathContext(deps: FastPathDeps): FastPathContext {
  const { settings, catalogue } = deps;
  return {
    ...deps,
    serverScopes: new Set(serverScopes(catalogue)),
    readSessionCookie: createSignedCookieReader(
      sessionCookieName(settings),
      createCookieSignatures(settings.cookieKeys),
    ),
  };
}
