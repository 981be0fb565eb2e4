import type { AccentColours } from '../platform/accent-colours.ts';
import type { Clock } from '../platform/clock.ts';

/** Name, colours and links of the operator. */
export interface BrandSettings {
  readonly name: string;
  /** The extension decides the content type. Null: the mark of Consentry. */
  readonly logo: { readonly extension: string; readonly content: Buffer } | null;
  /** Null: the colours of the style sheet. */
  readonly colours: AccentColours | null;
  readonly operator: { readonly name: string | null; readonly contact: string | null };
  readonly links: {
    readonly help: string | null;
    readonly privacy: string | null;
    readonly terms: string | null;
  };
}

/** The part of the configuration that the kit needs. */
export interface HttpSettings {
  /** Our public origin, `https://id.example.org`. Headers never change it. */
  readonly issuer: string;
  /** Addresses or CIDR ranges whose `X-Forwarded-For` and `X-Request-Id` are used. */
  readonly trustedProxies: readonly string[];
  /** Shows details of errors, reloads templates, and serves `/design`. */
  readonly isDevelopment: boolean;
  /** Secrets of at least 32 bytes for cookies and form tokens: the first signs, all are accepted. */
  readonly cookieSecrets: readonly Buffer[];
  readonly clock: Clock;
  /** Default: the name and the design of Consentry, without links. */
  readonly brand?: BrandSettings;
  /** Whether successful requests are logged at level info, too. Default false. */
  readonly hasAccessLog?: boolean;
}

/** True when browsers reach us over TLS. */
export function isHttps(settings: Pick<HttpSettings, 'issuer'>): boolean {
  return settings.issuer.startsWith('https:');
}
