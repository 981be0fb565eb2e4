import type { AllowedRequest } from './verify-access.ts';

/** The answer about an allowed request, for programs that read JSON. */
export interface AllowedBody {
  readonly access: true;
  readonly sub?: string;
  readonly client_id: string;
  readonly scope: string;
  readonly roles: readonly string[];
  readonly acr?: string;
  readonly auth_time?: number;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
}

/** Headers that a gateway passes on to the site. The configuration of a gateway removes these names from what callers send. */
export const VERIFIED_HEADERS = [
  'Consentry-Subject',
  'Consentry-Client',
  'Consentry-Scope',
  'Consentry-Roles',
  'Consentry-Acr',
  'Consentry-Auth-Time',
  'Consentry-Email',
  'Consentry-Name',
] as const;
type VerifiedHeader = (typeof VERIFIED_HEADERS)[number];

/** The members are named as in introspection (RFC 7662 §2.2). */
export function bodyOf({ access, roles, contact }: AllowedRequest): AllowedBody {
  const { email, email_verified: isVerified, name } = contact;
  return {
    access: true,
    ...(access.person !== null && { sub: access.person.sub }),
    client_id: access.clientId,
    scope: access.scopes.join(' '),
    roles,
    ...(access.acr !== null && { acr: access.acr }),
    ...(access.authTime !== null && { auth_time: access.authTime }),
    ...(typeof email === 'string' && { email }),
    ...(typeof isVerified === 'boolean' && { email_verified: isVerified }),
    ...(typeof name === 'string' && { name }),
  };
}

/**
 * The same as headers. Each is in every answer, empty without a value, so that a gateway always replaces the one that a client
 * wrote. An e-mail that is not verified is left out, because sites take the header for an identity.
 */
export function headersOf(body: AllowedBody): readonly (readonly [VerifiedHeader, string])[] {
  const email = body.email_verified === true ? body.email : undefined;
  return [
    ['Consentry-Subject', body.sub ?? ''],
    ['Consentry-Client', body.client_id],
    ['Consentry-Scope', body.scope],
    ['Consentry-Roles', body.roles.join(' ')],
    ['Consentry-Acr', body.acr ?? ''],
    ['Consentry-Auth-Time', String(body.auth_time ?? '')],
    ['Consentry-Email', encoded(email ?? '')],
    ['Consentry-Name', encoded(body.name ?? '')],
  ];
}

/** A header carries ASCII only: all other characters, `%` and control characters are percent-encoded as UTF-8. */
function encoded(value: string): string {
  return value.replaceAll(/[^\x20-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
}
