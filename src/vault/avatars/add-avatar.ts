import { randomUUID } from 'node:crypto';

import { AppError, isAppError } from '../../platform/app-error.ts';
import type { ByteStream } from '../../platform/blobs/image-encoder.ts';
import { insertValue, MOST_PER_ACCOUNT } from '../attributes/add-attribute.ts';
import { checkLabel } from '../attributes/attribute-value.ts';
import type { Attribute } from '../attributes/attribute.ts';
import { changeAccount } from '../attributes/change-account.ts';
import { listAttributes } from '../attributes/list-attributes.ts';
import type { VaultContext } from '../context.ts';
import { findAccountSealer } from '../keys/find-account-sealer.ts';
import { createAvatarFileStore } from './avatar-file-store.ts';
import {
  AVATAR_CLAIM,
  AVATAR_COPIES,
  AVATAR_RULE,
  avatarValue,
  fileContext,
  fileOf,
  folderOf,
  type AvatarRef,
  type AvatarSize,
} from './avatar.ts';

/** Maximum number of pictures of one account. */
const MOST_AVATARS = 10;

/**
 * Stores a picture of a person: re-encoded, in fixed sizes, sealed by the account's key. It becomes a value of the claim
 * `picture`, and the first one is the default.
 * @throws AppError as the image encoder, and `value_exists`, `too_many_values`, `value_invalid` (label), `blobs_unavailable`.
 */
export async function addAvatar(
  ctx: VaultContext,
  input: {
    readonly accountId: string;
    /** The uploaded file. Its type is not trusted until the file was decoded. */
    readonly content: ByteStream;
    /** The label that the person chose for it. */
    readonly label?: string | null;
  },
): Promise<Attribute> {
  const { accountId } = input;
  const label = checkLabel(input.label);
  refuseTooMany(await listAttributes(ctx, accountId));
  const pictures = await ctx.images.encodeSquares(input.content, {
    rule: AVATAR_RULE,
    copies: AVATAR_COPIES,
  });
  const value = avatarValue(pictures.get(512) ?? Buffer.alloc(0));
  const ref = { accountId, avatarId: randomUUID() };
  await writeFiles(ctx, ref, pictures);
  try {
    return await changeAccount(ctx, accountId, (account) => {
      refuseTooMany(account.attributes);
      const others = account.attributes.filter(({ claim }) => claim === AVATAR_CLAIM);
      if (others.some((other) => other.value === value)) throw refusal('value_exists');
      return insertValue(ctx, account, { id: ref.avatarId, claim: AVATAR_CLAIM, value, label });
    });
  } catch (error) {
    // After an outage the transaction may have been committed. The hourly job removes files without a value.
    const isRefused = !isAppError(error) || error.kind !== 'unavailable';
    if (isRefused) await removeFiles(ctx, ref).catch(() => undefined);
    throw error;
  }
}

/** Removes the files of one picture, then its row in `avatar_files`. */
export async function removeFiles({ db, blobs }: VaultContext, ref: AvatarRef): Promise<void> {
  await blobs.removeFolder(folderOf(ref));
  await createAvatarFileStore(db).remove(ref.avatarId);
}

async function writeFiles(
  ctx: VaultContext,
  ref: AvatarRef,
  pictures: ReadonlyMap<AvatarSize, Buffer>,
): Promise<void> {
  const sealer = await findAccountSealer(ctx, ref.accountId);
  if (sealer === null) throw new AppError('not_found', 'account_not_found');
  await createAvatarFileStore(ctx.db).insert(ref, ctx.clock.now());
  for (const [size, picture] of pictures) {
    await ctx.blobs.put(fileOf(ref, size), sealer.seal(picture, fileContext(ref, size)));
  }
}

function refuseTooMany(attributes: readonly Attribute[]): void {
  const count = attributes.filter(({ claim }) => claim === AVATAR_CLAIM).length;
  if (count >= MOST_AVATARS || attributes.length >= MOST_PER_ACCOUNT) {
    throw refusal('too_many_values');
  }
}

function refusal(code: 'value_exists' | 'too_many_values'): AppError {
  return new AppError('conflict', code, { fields: { picture: code } });
}
