// A separate process: an API that verifies tokens locally, with jose and a copy of the published keys.
import { createRemoteJWKSet, jwtVerify } from 'jose';

const { JWKS_URL = '', ISSUER = '', KEYS_KEPT_MS = '' } = process.env;
const keys = createRemoteJWKSet(new URL(JWKS_URL), {
  cacheMaxAge: Number(KEYS_KEPT_MS),
  // Prevents an early fetch for an unknown key, so that the copy is kept for the whole time.
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
