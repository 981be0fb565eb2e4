import type { Provider } from 'oidc-provider';

import type { Catalogue } from '../../scopes/index.ts';
import type { OidcContext } from '../context.ts';

/** The dependencies of the endpoints of the fast path. */
export interface FastPathContext extends OidcContext {
  /** The provider in use, and the catalogue that it was built from. */
  readonly provider: Provider;
  readonly catalogue: Catalogue;
}
