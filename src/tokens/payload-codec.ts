import type { Sealer } from '../platform/keys/encryption.ts';
import type { ArtifactDefinition, ArtifactPayload } from './artifact.ts';

/** Converts payloads to their stored form and back. */
interface PayloadCodec {
  /** The bearer value is never stored in clear: `jti` is omitted, or encrypted with the rest. */
  encode(fingerprint: Buffer, payload: ArtifactPayload): string | Buffer;
  /** `id` fills the `jti` that was left out. @throws Error when a sealed payload was tampered with or moved. */
  decode(fingerprint: Buffer, stored: unknown, id: string): ArtifactPayload;
}

/** The codec of one kind: plain JSON without `jti`, or sealed whole and bound to its row. */
export function createPayloadCodec(
  definition: ArtifactDefinition,
  transientSealer: Sealer,
): PayloadCodec {
  return definition.isSealed ? sealedCodec(definition, transientSealer) : plainCodec();
}

function plainCodec(): PayloadCodec {
  return {
    encode: (_fingerprint: Buffer, { jti: _jti, consumed: _consumed, ...rest }: ArtifactPayload) =>
      JSON.stringify(rest),
    decode: (_fingerprint: Buffer, stored: unknown, id: string) => {
      // Postgres returns parsed JSON, Redis the bytes of its text.
      const payload = Buffer.isBuffer(stored)
        ? (JSON.parse(stored.toString('utf8')) as ArtifactPayload)
        : (stored as ArtifactPayload);
      return Object.assign(payload, { jti: id });
    },
  };
}

function sealedCodec({ table }: ArtifactDefinition, transientSealer: Sealer): PayloadCodec {
  const context = (fingerprint: Buffer) => sealedPayloadContext(table, fingerprint);
  return {
    encode: (fingerprint: Buffer, { consumed: _consumed, ...rest }: ArtifactPayload) =>
      transientSealer.seal(JSON.stringify(rest), context(fingerprint)),
    decode: (fingerprint: Buffer, stored: unknown) =>
      JSON.parse(
        transientSealer.open(stored as Buffer, context(fingerprint)).toString('utf8'),
      ) as ArtifactPayload,
  };
}

/** The context to which a sealed payload of that table is bound. */
export function sealedPayloadContext(table: string, fingerprint: Buffer): string {
  return `${table}:sealed_payload:${fingerprint.toString('hex')}`;
}
