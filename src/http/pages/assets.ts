import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';

import type { Context, Middleware } from 'koa';

import { packable, type PackedBody, sendPacked } from '../bodies/packed-body.ts';

interface Asset {
  readonly type: string;
  readonly body: PackedBody;
}

const PREFIX = '/assets/';
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  // Known passwords, for the check of a new one in the browser.
  '.pwlist': 'application/octet-stream',
};
const VENDOR_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/**
 * Files that pages load. Each has an address with the hash of its content, so that browsers may keep it for ever. Every
 * file of `folder` and the listed files of Swagger UI are read once, and `files` are added; no other file can be served.
 */
export function createAssets(folder: string, files: ReadonlyMap<string, Buffer> = new Map()) {
  const urls = new Map<string, string>();
  const byUrl = new Map<string, Asset>();

  const add = (name: string, body: Buffer): void => {
    const extension = extname(name);
    const type = TYPES[extension];
    if (type === undefined) return;
    const version = hash('sha256', body).slice(0, 12);
    const url = `${PREFIX}${name.slice(0, -extension.length)}.${version}${extension}`;
    urls.set(name, url);
    byUrl.set(url, { type, body: packable(body) });
  };
  const urlOf = (name: string): string => {
    const url = urls.get(name);
    if (url === undefined) throw new Error(`there is no asset ${name}`);
    return url;
  };

  const names = readdirSync(folder);
  const [sheets, others] = [names.filter(isSheet), names.filter((name) => !isSheet(name))];
  for (const name of others) add(name, readFileSync(join(folder, name)));
  const require = createRequire(import.meta.url);
  for (const name of VENDOR_FILES)
    add(name, readFileSync(require.resolve(`swagger-ui-dist/${name}`)));
  for (const [name, content] of files) add(name, content);
  // Last, because stylesheets contain the hashed addresses of fonts.
  for (const name of sheets)
    add(name, Buffer.from(linked(readFileSync(join(folder, name), 'utf8'), urlOf)));

  const serve: Middleware = async (ctx, next) => {
    const asset = byUrl.get(ctx.path);
    if (asset === undefined || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    ctx.state['routePattern'] = `${PREFIX}{file}`;
    return answer(ctx, asset);
  };

  return {
    /** @throws Error for an unknown file: a page must not link to a missing one. */
    url: urlOf,
    serve,
  };
}

export type Assets = ReturnType<typeof createAssets>;

async function answer(ctx: Context, asset: Asset): Promise<void> {
  ctx.set({
    'Cache-Control': 'public, max-age=31536000, immutable',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
  });
  ctx.type = asset.type;
  // Fonts, pictures and lists of digests cannot be compressed further.
  const isText = !/^font\/|^image\/(?!svg)|octet-stream$/.test(asset.type);
  if (isText) await sendPacked(ctx, asset.body);
  else ctx.body = asset.body.plain;
}

function linked(sheet: string, urlOf: (name: string) => string): string {
  return sheet.replaceAll(
    /url\((['"]?)([\w.-]+)\1\)/g,
    (_match, _quote, name: string) => `url("${urlOf(name)}")`,
  );
}

function isSheet(name: string): boolean {
  return name.endsWith('.css');
}
