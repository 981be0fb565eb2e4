import { errors, type Provider } from 'oidc-provider';

import { isStorableValue } from '../../platform/storable-text.ts';
import { type Catalogue, findResourceServer, type ResourceServer } from '../../scopes/index.ts';

/** Parameters that contain a signed token, whose members are stored, too. */
const SIGNED = ['client_assertion', 'id_token_hint', 'request'];

type Parameters = Record<string, unknown>;

/**
 * Checks the parameters of each protocol request at the one place where the library reads them, for every endpoint
 * and method: text that cannot be stored is refused with `invalid_request` (RFC 6749 §4.1.2.1, §5.2), in a
 * client assertion with `invalid_client` (RFC 7523 §3.2). Each `resource` becomes the identifier under which its API is registered.
 */
export function checkParameters(
  provider: Provider,
  { resourceServers }: Pick<Catalogue, 'resourceServers'>,
): void {
  const held = new WeakMap<object, unknown>();
  Object.defineProperty(provider.OIDCContext.prototype, 'params', {
    configurable: true,
    get(this: object) {
      return held.get(this);
    },
    set(this: object, params: Parameters | undefined) {
      if (params !== undefined) {
        refuseUnstorable(params);
        nameResources(params, resourceServers);
      }
      held.set(this, params);
    },
  });
}

/** The library compares resource indicators as texts (RFC 8707 §2), at the authorization request and at each token request. */
function nameResources(params: Parameters, servers: readonly ResourceServer[]): void {
  const { resource } = params;
  if (resource === undefined) return;
  const registered = (indicator: unknown): unknown =>
    typeof indicator === 'string'
      ? (findResourceServer(servers, indicator)?.identifier ?? indicator)
      : indicator;
  const named: unknown = Array.isArray(resource)
    ? [...new Set(resource.map(registered))]
    : registered(resource);
  Object.assign(params, { resource: named });
}

function refuseUnstorable(params: Readonly<Parameters>): void {
  for (const [name, value] of Object.entries(params)) {
    if (!isStorableValue(value)) {
      throw new errors.InvalidRequest(`${name} has a character that is not allowed`);
    }
  }
  for (const name of SIGNED) {
    if (isStorableValue(membersOf(params[name]))) continue;
    if (name === 'client_assertion') throw new errors.InvalidClientAuth('unstorable text');
    throw new errors.InvalidRequest(`${name} has a character that is not allowed`);
  }
}

/** Header and payload of a signed token. The library checks whether it is valid. */
function membersOf(token: unknown): unknown {
  if (typeof token !== 'string') return null;
  return token.split('.').slice(0, 2).map(decode);
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown;
  } catch {
    return null;
  }
}
