import { isPictureFetchable } from '../consents/index.ts';
import { AVATAR_CLAIM, type AvatarSize } from '../vault/index.ts';
import type { ClaimsContext } from './context.ts';
import { pictureUrl, readPictureLink, type PictureLink } from './picture-link.ts';
import { selectValues } from './select-values.ts';
import { checkNow, stillAllowed } from './still-allowed.ts';

interface ReadPictureInput {
  /** The last part of the address. */
  readonly token: string;
  readonly size: AvatarSize;
}

/**
 * The picture of an address, as WebP, if the app would receive the same address now; else null, for every reason. The
 * release is recorded in the ledger first.
 * @throws AppError `ledger_unavailable`, `database_unavailable`, `blobs_unavailable`: then nothing was released.
 */
export async function readPicture(
  ctx: ClaimsContext,
  { token, size }: ReadPictureInput,
): Promise<Buffer | null> {
  const link = readPictureLink(ctx.pictures.tokens, token);
  if (link === null || !(await isShared(ctx, link, token))) return null;
  const { accountId, clientId, avatarId } = link;
  const picture = await ctx.vault.avatars.read({ accountId, avatarId, size });
  if (picture === null) return null;
  // Reading from a bucket takes time, and the person may have changed the decision meanwhile.
  const check = async () => ((await isShared(ctx, link, token)) ? picture : null);
  const checked = await checkNow(check);
  if (checked === null) return null;
  await ctx.ledger.append({
    accountId,
    clientId,
    grantId: null,
    channel: 'picture',
    claims: [AVATAR_CLAIM],
  });
  return stillAllowed(checked, check);
}

async function isShared(ctx: ClaimsContext, link: PictureLink, token: string): Promise<boolean> {
  const { accountId, clientId } = link;
  const request = { accountId, clientId, scopes: [], requestedClaims: [AVATAR_CLAIM] };
  const selection = await selectValues(ctx, request, isPictureFetchable);
  const shared = selection?.values.find(({ claim }) => claim === AVATAR_CLAIM);
  return shared?.value === pictureUrl(ctx.pictures.issuer, token);
}
