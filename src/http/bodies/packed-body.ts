import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

import type { Context } from 'koa';

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } };

/** A body that is the same for every caller, and its compressed forms, each created at its first use. */
export interface PackedBody {
  readonly plain: Buffer;
  readonly forms: Map<string, Promise<Buffer>>;
}

/** Only for public content: never for a body that contains a secret or input of the caller (BREACH). */
export function packable(plain: Buffer): PackedBody {
  return { plain, forms: new Map() };
}

/** Answers with the smallest form that the caller accepts (RFC 9110 §12.5.3). */
export async function sendPacked(ctx: Context, body: PackedBody): Promise<void> {
  ctx.vary('Accept-Encoding');
  const encoding = ctx.acceptsEncodings('br', 'gzip', 'identity');
  if (encoding !== 'br' && encoding !== 'gzip') {
    ctx.body = body.plain;
    return;
  }
  ctx.set('Content-Encoding', encoding);
  ctx.body = await formOf(body, encoding);
}

function formOf({ plain, forms }: PackedBody, encoding: 'br' | 'gzip'): Promise<Buffer> {
  const known = forms.get(encoding);
  if (known !== undefined) return known;
  const work = encoding === 'br' ? brotli(plain, QUALITY) : gzipped(plain);
  forms.set(encoding, work);
  return work;
}
