import type { Client } from '../clients/index.ts';
import type { AuthorizationAsk } from '../consents/index.ts';

/** The parameters of an authorization request that decide what is asked, whoever holds them. */
export interface AskParameters {
  readonly scope?: string | undefined;
  /** The `claims` parameter as JSON text (OpenID Connect Core 1.0 §5.5), already validated by the library. */
  readonly claims?: string | undefined;
  readonly resource?: string | readonly string[] | undefined;
  readonly prompt?: string | undefined;
}

/** Answers about the sign-in itself, not about the person's data. */
const PROTOCOL_CLAIMS = new Set(['sub', 'sid', 'auth_time', 'acr', 'amr', 'iss']);

interface ClaimsParameter {
  readonly userinfo?: Readonly<Record<string, ClaimRequestMember>>;
  readonly id_token?: Readonly<Record<string, ClaimRequestMember>>;
}
type ClaimRequestMember = { readonly essential?: boolean } | null;

/** What one authorization request asks of the person, in the words of `consents/`. */
export function toAuthorizationAsk(client: Client, parameters: AskParameters): AuthorizationAsk {
  return {
    client,
    scopes: words(parameters.scope),
    claims: claimsAsked(parameters.claims),
    resources: list(parameters.resource),
    asksAgain: words(parameters.prompt).includes('consent'),
  };
}

function claimsAsked(text: string | undefined): AuthorizationAsk['claims'] {
  if (text === undefined) return [];
  const parameter = JSON.parse(text) as ClaimsParameter;
  const asked = new Map<string, boolean>();
  for (const members of [parameter.userinfo, parameter.id_token]) {
    for (const [name, member] of Object.entries(members ?? {})) {
      if (PROTOCOL_CLAIMS.has(name)) continue;
      asked.set(name, (asked.get(name) ?? false) || member?.essential === true);
    }
  }
  return [...asked].map(([name, isEssential]) => ({ name, isEssential }));
}

function words(text: string | undefined): string[] {
  return text === undefined ? [] : [...new Set(text.split(' ').filter((word) => word !== ''))];
}

function list(value: string | readonly string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : [...value];
}
