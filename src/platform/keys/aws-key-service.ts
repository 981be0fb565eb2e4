import type { KMSClient } from '@aws-sdk/client-kms';

import { AppError } from '../app-error.ts';
import type { KeyService, WrappedKey } from './key-service.ts';

interface AwsKeyServiceOptions {
  /** Id, ARN or alias of a symmetric key. */
  readonly keyId: string;
  readonly region: string;
  /** Only for another service with the same protocol. */
  readonly endpoint: string | null;
}

const TIMEOUT_MS = 3_000;

// The error names of the service for a wrong key and for missing permission (AWS KMS API reference, Decrypt).
const REFUSALS = new Set([
  'AccessDeniedException',
  'DisabledException',
  'IncorrectKeyException',
  'InvalidCiphertextException',
  'KMSInvalidStateException',
  'NotFoundException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
]);

/**
 * AWS KMS. Credentials are read from the usual AWS sources: environment, profile, role of the pod or machine. The
 * library is loaded at the first use, because most installations do not need it.
 */
export function createAwsKeyService({ keyId, region, endpoint }: AwsKeyServiceOptions): KeyService {
  let opened: Promise<KMSClient> | undefined;
  const client = (): Promise<KMSClient> => {
    opened ??= import('@aws-sdk/client-kms').then(
      (library) =>
        new library.KMSClient({
          region,
          maxAttempts: 2,
          ...(endpoint !== null && { endpoint }),
        }),
    );
    return opened;
  };

  return {
    generate: (version: number) =>
      translated(async () => {
        const { GenerateDataKeyWithoutPlaintextCommand } = await import('@aws-sdk/client-kms');
        const command = new GenerateDataKeyWithoutPlaintextCommand({
          KeyId: keyId,
          NumberOfBytes: 32,
          EncryptionContext: contextOf(version),
        });
        const { CiphertextBlob: blob } = await (await client()).send(command, inTime());
        return { version, wrapped: requireBytes(blob) };
      }),
    unwrap: ({ version, wrapped }: WrappedKey) =>
      translated(async () => {
        const { DecryptCommand } = await import('@aws-sdk/client-kms');
        const command = new DecryptCommand({
          KeyId: keyId,
          CiphertextBlob: wrapped,
          EncryptionContext: contextOf(version),
        });
        const { Plaintext: key } = await (await client()).send(command, inTime());
        return requireBytes(key);
      }),
  };
}

/** The time limit of a call, including repeated attempts. */
function inTime(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(TIMEOUT_MS) };
}

/** The audit log of the service also contains it. */
function contextOf(version: number): Record<string, string> {
  return { application: 'consentry', purpose: 'master key', version: String(version) };
}

function requireBytes(bytes: Uint8Array | undefined): Buffer {
  if (bytes === undefined) throw new Error('the key service answered without a key');
  return Buffer.from(bytes);
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const name = (error as Error).name;
    if (REFUSALS.has(name)) {
      throw new AppError('forbidden', 'key_service_refused', {
        cause: error,
        detail: `The key service refuses the use of the key (${name}).`,
      });
    }
    throw new AppError('unavailable', 'key_service_unavailable', {
      cause: error,
      retryAfterSeconds: 5,
      detail: `The key service does not answer (${name}).`,
    });
  }
}
