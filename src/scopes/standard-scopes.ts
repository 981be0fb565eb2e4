import { claimsOfStandardScope } from './claims/claim-registry.ts';
import type { Sensitivity } from './sensitivity.ts';
import type { ApiScope, DataScope } from './scope.ts';

/** A standard scope without its texts, which are in `views/scopes`. */
type WithoutTexts<S> = Omit<S, 'title' | 'description'>;

/** Scopes of every installation. They are in the code, so that they cannot be missing in a database. */
export const STANDARD_DATA_SCOPES: readonly WithoutTexts<DataScope>[] = [
  data('openid', 'low'),
  data('profile', 'medium'),
  data('email', 'medium'),
  data('phone', 'high'),
  data('address', 'high'),
  data('offline_access', 'medium'),
];

/** Permissions for the API of this server. Tokens with one act for the person, so consent to them needs care. */
export const ACCOUNT_API_SCOPES: readonly WithoutTexts<ApiScope>[] = [
  api('account:read'),
  api('account:write'),
  api('clients:manage'),
  api('scopes:manage'),
];

function data(name: string, sensitivity: Sensitivity): WithoutTexts<DataScope> {
  return {
    kind: 'data',
    name,
    claims: claimsOfStandardScope(name),
    sensitivity,
    isStandard: true,
    retiredAt: null,
    retiredBy: null,
  };
}

function api(name: string): WithoutTexts<ApiScope> {
  return {
    kind: 'api',
    name,
    resource: null,
    sensitivity: 'high',
    isStandard: true,
    retiredAt: null,
    retiredBy: null,
  };
}
