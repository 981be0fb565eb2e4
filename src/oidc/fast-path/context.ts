import type { Provider } from 'oidc-provider';

import type { ProviderDeps } from '../provider.ts';
import type { Catalogue } from '../../scopes/index.ts';

/** The dependencies of the endpoints of the fast path. */
export interface FastPathContext extends Pick<
  ProviderDeps,
  'accounts' | 'clients' | 'scopes' | 'tokens' | 'releaseClaims' | 'settings'
> {
  /** The provider in use, and the catalogue that it was built from. */
  readonly provider: Provider;
  readonly catalogue: Catalogue;
}
