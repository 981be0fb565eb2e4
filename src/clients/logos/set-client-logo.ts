import type { ByteStream } from '../../platform/blobs/image-encoder.ts';
import type { Client, ManagedInput } from '../client.ts';
import type { ClientsContext } from '../context.ts';
import { changeManaged, findManaged } from '../managed-client.ts';
import {
  type ClientLogo,
  LOGO_COPIES,
  LOGO_RULE,
  logoDigest,
  type LogoFormat,
} from './client-logo.ts';
import { createClientLogoStore } from './client-logo-store.ts';

const EVENT = { kind: 'client.changed', details: { changed: ['logo'] } } as const;

/**
 * Stores the logo of an app, re-encoded as a square; it replaces an earlier one.
 * @throws AppError `client_not_found`, `client_is_first_party`, and `logo_kind_unsupported`, `logo_too_large`,
 * `logo_too_many_pixels`, `logo_unreadable`, `busy` of the image encoder.
 */
export async function setClientLogo(
  ctx: ClientsContext,
  { content, ...managed }: ManagedInput & { readonly content: ByteStream },
): Promise<Client> {
  // Before a file is decoded for a person who may not change the app.
  await findManaged(ctx, managed);
  const logo = await encodeLogo(ctx, content);
  return changeManaged(ctx, managed, async (tx, client) => {
    if (client.logo === logo.digest) return null;
    await createClientLogoStore(tx).put(client.id, logo);
    return { client: { ...client, logo: logo.digest }, event: EVENT };
  });
}

/**
 * Removes the logo of an app and its files. Does nothing when there is none.
 * @throws AppError `client_not_found`, `client_is_first_party`.
 */
export async function removeClientLogo(ctx: ClientsContext, managed: ManagedInput): Promise<void> {
  await changeManaged(ctx, managed, async (tx, client) => {
    if (client.logo === null) return null;
    await createClientLogoStore(tx).remove(client.id);
    return { client: { ...client, logo: null }, event: EVENT };
  });
}

async function encodeLogo({ images }: ClientsContext, content: ByteStream): Promise<ClientLogo> {
  const files = await images.encodeSquares(content, { rule: LOGO_RULE, copies: LOGO_COPIES });
  const fileOf = (format: LogoFormat) => files.get(format) ?? Buffer.alloc(0);
  const webp = fileOf('webp');
  return { digest: logoDigest(webp), webp, png: fileOf('png') };
}
