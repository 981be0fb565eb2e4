import {
  decodeJwt,
  decodeProtectedHeader,
  generateKeyPair,
  importJWK,
  type JWTPayload,
  SignJWT,
} from 'jose';

import { ensureSigningKeys } from '../../../src/platform/keys/signing-keys.ts';
import type { TestServer } from '../../support/servers/server.ts';

/**
 * The ID token with other claims, signed with the same key of the server; without a server with a key that the server does not
 * have, as after a withdrawal.
 */
export async function signAgain(
  server: Pick<TestServer, 'connected'> | null,
  idToken: string,
  changes: JWTPayload = {},
): Promise<string> {
  const { alg = '', kid = '' } = decodeProtectedHeader(idToken);
  const keys = server === null ? [] : await ensureSigningKeys(server.connected);
  const jwk = keys.find((known) => known.kid === kid);
  const key =
    jwk === undefined ? (await generateKeyPair(alg)).privateKey : await importJWK(jwk, alg);
  return new SignJWT({ ...decodeJwt(idToken), ...changes })
    .setProtectedHeader({ alg, kid: jwk === undefined ? 'withdrawn' : kid })
    .sign(key);
}
