import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

import { ExternalSigningKey } from 'oidc-provider';

import type { SigningJwk } from '../platform/keys/signing-keys.ts';

/**
 * An ES256 key that signs on the thread of the request. That takes less CPU time than the library's way through the thread
 * pool, and does not wait there behind password hashes. RSA signatures take a millisecond and stay in the pool.
 */
class SyncSigningKey extends ExternalSigningKey {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  constructor(jwk: SigningJwk) {
    super();
    this.#privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
    this.#publicKey = createPublicKey(this.#privateKey);
    Object.assign(this, { kid: jwk.kid, alg: jwk.alg });
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  override sign(data: Uint8Array): Uint8Array {
    return sign('sha256', data, { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
  }
}

/** A signing key as the library takes it. */
export function toLibraryKey(jwk: SigningJwk): SigningJwk | ExternalSigningKey {
  return jwk.alg === 'ES256' ? new SyncSigningKey(jwk) : { ...jwk };
}
