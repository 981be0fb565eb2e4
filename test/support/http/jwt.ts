import crypto from 'node:crypto';

/** The decoded parts of a signed token. */
export interface Jwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Verifies an ES256 signature as a resource server does, with only the published keys (RFC 7515 §5.2).
 * @throws Error when no key matches or the signature is wrong.
 */
export async function verifyJwt(token: string, jwksUrl: string): Promise<Jwt> {
  const [head = '', body = '', signature = ''] = token.split('.');
  const header = decode(head);
  const { keys } = (await (await fetch(jwksUrl)).json()) as {
    keys: (crypto.webcrypto.JsonWebKey & { kid: string })[];
  };
  const key = keys.find(({ kid }) => kid === header['kid']);
  if (key === undefined || header['alg'] !== 'ES256') throw new Error('no published key matches');
  const isRight = crypto.verify(
    'sha256',
    Buffer.from(`${head}.${body}`),
    { key: crypto.createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!isRight) throw new Error('the signature is wrong');
  return { header, payload: decode(body) };
}

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
}
