// Started as a process of its own: an API that verifies tokens by itself, with jose and a copy of the published keys.
import { createRemoteJWKSet, jwtVerify } from 'jose';

const { JWKS_URL = '', ISSUER = '', KEYS_KEPT_MS = '' } = process.env;
const keys = createRemoteJWKSet(new URL(JWKS_URL), {
  cacheMaxAge: Number(KEYS_KEPT_MS),
  // Never fetched early because of an unknown key: a verifier that keeps its copy for the whole time.
  cooldownDuration: 3_600_000,
});

process.on('message', ({ id, token }: { readonly id: number; readonly token: string }) => {
  void jwtVerify(token, keys, { issuer: ISSUER }).then(
    () => process.send?.({ id, problem: null }),
    (error: unknown) => process.send?.({ id, problem: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0, problem: null });
