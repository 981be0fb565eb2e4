import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A self-signed certificate and its key, both in PEM. */
export interface SelfSignedCertificate {
  readonly certificate: string;
  readonly key: string;
}

const OID = {
  commonName: [2, 5, 4, 3],
  ecdsaWithSha256: [1, 2, 840, 10045, 4, 3, 2],
  subjectAlternativeName: [2, 5, 29, 17],
  basicConstraints: [2, 5, 29, 19],
} as const;

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  dnsName: 0x82,
  version: 0xa0,
  extensions: 0xa3,
} as const;

/**
 * Creates an ES256 certificate for one host name (RFC 5280 §4.1), valid from yesterday for a week. Node can read
 * certificates but not create them, and openssl may not be installed.
 */
export function createSelfSignedCertificate(host: string): SelfSignedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(TAG.sequence, oid(OID.ecdsaWithSha256));
  const name = der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, oid(OID.commonName), der(TAG.utf8String, Buffer.from(host)))),
  );
  const day = 86_400_000;
  const validity = der(TAG.sequence, utcTime(Date.now() - day), utcTime(Date.now() + 7 * day));
  const toBeSigned = der(
    TAG.sequence,
    der(TAG.version, der(TAG.integer, Buffer.from([2]))),
    // A serial number is positive: the first byte clears the sign bit.
    der(TAG.integer, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(TAG.extensions, der(TAG.sequence, alternativeName(host), authority())),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const bits = der(TAG.bitString, Buffer.from([0]), signature);
  return {
    certificate: toPem(der(TAG.sequence, toBeSigned, algorithm, bits)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

function alternativeName(host: string): Buffer {
  const names = der(TAG.sequence, der(TAG.dnsName, Buffer.from(host)));
  return der(TAG.sequence, oid(OID.subjectAlternativeName), der(TAG.octetString, names));
}

/** Marks the certificate as an authority, so that clients can trust it. */
function authority(): Buffer {
  const yes = der(TAG.boolean, Buffer.from([0xff]));
  const constraints = der(TAG.octetString, der(TAG.sequence, yes));
  return der(TAG.sequence, oid(OID.basicConstraints), yes, constraints);
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function oid([first = 0, second = 0, ...rest]: readonly number[]): Buffer {
  const bytes = [first * 40 + second, ...rest.flatMap(base128)];
  return der(TAG.objectIdentifier, Buffer.from(bytes));
}

function base128(value: number): readonly number[] {
  const bytes = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}

function utcTime(time: number): Buffer {
  const digits = new Date(time).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
  return der(TAG.utcTime, Buffer.from(`${digits}Z`));
}

function toPem(content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
