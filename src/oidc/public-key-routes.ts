import { Type } from 'typebox';

import { type AnyRoute, Bytes, route } from '../http/routing/route.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { findPublicKey } from '../platform/keys/public-key.ts';
import { SIGNING_ALGORITHMS } from '../platform/keys/signing-keys.ts';

const PEM = 'application/x-pem-file';

/** The public signing keys as PEM files, for verifiers that cannot read the key set of `/jwks`. */
export function publicKeyRoutes({ db }: { readonly db: Database }): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: '/utils/public_key',
      operationId: 'readPublicKey',
      tag: 'Signing keys',
      summary: 'Read a public signing key as PEM',
      description:
        'The keys of an algorithm are numbered from 1, and each new key has the next number. Without `version`: the key that signs now. Libraries read `/jwks` instead and find a key by the `kid` of the token. A key that was withdrawn, or whose last token has expired, is not found.',
      access: 'public',
      isCookieless: true,
      query: Type.Object({
        alg: Type.Optional(
          Type.Enum([...SIGNING_ALGORITHMS], {
            description: 'Default: RS256, the algorithm of ID tokens of new apps.',
          }),
        ),
        version: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
      }),
      produces: [PEM],
      response: Bytes,
      errorCodes: { 404: ['signing_key_not_found'] },
      limit: { points: 600, perSeconds: 60 },
      handle: async ({ query: { alg = 'RS256', version = null } }) => ({
        contentType: PEM,
        body: Buffer.from(await findPublicKey(db, { alg, version })),
        isForOtherSites: true,
      }),
    }),
  ];
}
