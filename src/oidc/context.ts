import type { Accounts } from '../accounts/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Claims } from '../claims/index.ts';
import type { Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import type { Locale } from '../platform/languages.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { Signer } from '../platform/keys/signer.ts';
import type { Logger } from '../platform/logger.ts';
import type { Roles } from './gateways/roles.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { RateLimiter } from '../platform/rate-limiter.ts';
import type { Scopes } from '../scopes/index.ts';
import type { Sessions } from '../sessions/index.ts';
import type { Tokens } from '../tokens/index.ts';
import type { Vault } from '../vault/index.ts';

export interface ProtocolSettings {
  readonly issuer: string;
  /** The languages of the pages. */
  readonly locales: readonly Locale[];
  readonly cookieKeys: readonly string[];
  /** Whether `/docs` is served. */
  readonly hasApiDocs: boolean;
  /** Whether plain requests to the hot endpoints are answered before the library (`fast-path/`). */
  readonly hasFastPath: boolean;
  /** Whether every account has a username, which is chosen at a sign-in at the latest. */
  readonly requiresUsername: boolean;
  /** All in seconds. */
  readonly lifetimes: {
    readonly accessToken: number;
    readonly idToken: number;
    /** A refresh token that is not used, and one after the last sign-in. */
    readonly refreshToken: number;
    readonly refreshTokenAbsolute: number;
    readonly authorizationCode: number;
    readonly interaction: number;
    readonly grant: number;
  };
}

/** The dependencies of the hooks of the library and of the middleware around it. */
export interface OidcContext {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly log: Logger;
  /** Opens the signing keys. */
  readonly masterSealer: Sealer;
  /** Seals what browsers hold. */
  readonly transientSealer: Sealer;
  readonly rateLimiter: RateLimiter;
  /** Verifies JWT access tokens. */
  readonly signer: Pick<Signer, 'verify'>;
  readonly audit: Audit;
  readonly scopes: Scopes;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly accounts: Accounts;
  readonly clients: Clients;
  readonly consents: Consents;
  readonly releaseClaims: Claims['releaseClaims'];
  readonly releaseRepeatableClaims: Claims['releaseRepeatableClaims'];
  readonly previewRelease: Claims['previewRelease'];
  readonly roles: Roles;
  readonly vault: Pick<Vault, 'recentAttributes'>;
  readonly settings: ProtocolSettings & { readonly pairwiseSalt: Buffer };
}
