import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

// A key service in a separate process: the JSON protocol of AWS KMS with Signature Version 4, and real AES-256-GCM wrapping.
// Its root key is created at the start and never leaves the process.

const KEY_ID = 'alias/consentry-test';
const ACCESS_KEY = 'AKIDTEST';
const SECRET = 'secret-of-the-test';
const ROOT = randomBytes(32);

let mode: 'normal' | 'disabled' | 'silent' = 'normal';

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Checks Signature Version 4 (AWS General Reference) of a request without a query. */
function isSigned(req: IncomingMessage, body: Buffer): boolean {
  const header = req.headers.authorization ?? '';
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/kms\/aws4_request, SignedHeaders=([\w;-]+), Signature=([\da-f]{64})$/.exec(
      header,
    );
  const [, keyId, day = '', region = '', names = '', signature] = match ?? [];
  if (keyId !== ACCESS_KEY) return false;
  const canonicalHeaders = names
    .split(';')
    .map((name) => `${name}:${String(req.headers[name] ?? '').trim()}\n`)
    .join('');
  const canonical = ['POST', '/', '', canonicalHeaders, names, sha256(body)].join('\n');
  const scope = `${day}/${region}/kms/aws4_request`;
  const date = String(req.headers['x-amz-date'] ?? '');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${SECRET}`, day), region), 'kms'), 'aws4_request');
  return createHmac('sha256', key).update(toSign).digest('hex') === signature;
}

interface Call {
  readonly KeyId?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

function contextOf({ EncryptionContext: context = {} }: Call): Buffer {
  const pairs = Object.entries(context).toSorted(([a], [b]) => a.localeCompare(b));
  return Buffer.from(JSON.stringify(pairs));
}

function wrap(call: Call): object {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', ROOT, nonce).setAAD(contextOf(call));
  const body = Buffer.concat([cipher.update(randomBytes(32)), cipher.final()]);
  const blob = Buffer.concat([nonce, cipher.getAuthTag(), body]);
  return { KeyId: KEY_ID, CiphertextBlob: blob.toString('base64') };
}

function unwrap(call: Call): object | null {
  const blob = Buffer.from(call.CiphertextBlob ?? '', 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', ROOT, blob.subarray(0, 12))
      .setAAD(contextOf(call))
      .setAuthTag(blob.subarray(12, 28));
    const key = Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()]);
    return { KeyId: KEY_ID, Plaintext: key.toString('base64') };
  } catch {
    return null;
  }
}

function answer(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}

async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const body = await buffer(req);
  if (mode === 'silent') return;
  const refuse = (type: string) => answer(res, 400, { __type: type, message: 'refused' });
  if (!isSigned(req, body)) return refuse('InvalidSignatureException');
  if (mode === 'disabled') return refuse('DisabledException');
  const call = JSON.parse(body.toString()) as Call;
  if (call.KeyId !== KEY_ID) return refuse('NotFoundException');
  const target = String(req.headers['x-amz-target']);
  if (target === 'TrentService.GenerateDataKeyWithoutPlaintext')
    return answer(res, 200, wrap(call));
  const opened = target === 'TrentService.Decrypt' ? unwrap(call) : null;
  return opened === null ? refuse('InvalidCiphertextException') : answer(res, 200, opened);
}

const server = createServer((req, res) => void serve(req, res));
process.on('message', (next: typeof mode) => {
  mode = next;
  process.send?.('done');
});
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
