import { ACCOUNT_API_SCOPES, STANDARD_DATA_SCOPES } from './standard-scopes.ts';

// scope-token of RFC 6749 §3.3: printable ASCII without space, quote and backslash.
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/;

// Reserved for permissions of later versions of this server.
const RESERVED_PREFIX =
  /^(?:account|clients|scopes|admin|consentry|urn:ietf|urn:openid|openid)(?::|$)/i;

const STANDARD_NAMES = new Set(
  [...STANDARD_DATA_SCOPES, ...ACCOUNT_API_SCOPES].map((scope) => scope.name.toLowerCase()),
);

/** The error code for a name of a new scope, or `null` when it is valid. Does not check whether it is taken. */
export function scopeNameProblem(name: string): string | null {
  if (!SCOPE_TOKEN.test(name)) return 'scope_name_invalid';
  if (STANDARD_NAMES.has(name.toLowerCase()) || RESERVED_PREFIX.test(name)) {
    return 'scope_name_reserved';
  }
  return null;
}
