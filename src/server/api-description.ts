import type { ApiDescription } from '../http/routing/openapi.ts';
import { SESSION_COOKIE } from '../oidc/index.ts';

/** The parts of the OpenAPI document about this product. */
export const API_DESCRIPTION: ApiDescription = {
  title: 'Consentry',
  description:
    'Accounts, apps, permissions and consents. Sign-in itself is OpenID Connect: see /.well-known/openid-configuration. Additive changes only.',
  sessionCookie: `__Host-${SESSION_COOKIE}`,
};
