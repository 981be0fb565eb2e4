import { randomUUID } from 'node:crypto';

import { AppError, isAppError } from '../../platform/app-error.ts';
import type { ByteStream } from '../../platform/blobs/image-encoder.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { MOST_PER_ACCOUNT } from '../attributes/add-attribute.ts';
import { createAttributeStore } from '../attributes/attribute-store.ts';
import { checkLabel } from '../attributes/attribute-value.ts';
import type { Attribute } from '../attributes/attribute.ts';
import {
  AVATAR_CLAIM,
  AVATAR_SIZES,
  avatarValue,
  type AvatarRef,
  type AvatarSize,
  fileContext,
  fileOf,
  folderOf,
} from './avatar.ts';
import { createAvatarFileStore } from './avatar-file-store.ts';
import { findAccountSealer } from '../keys/find-account-sealer.ts';
import { listAttributes, lockAttributes } from '../attributes/list-attributes.ts';
import { sealContent } from '../attributes/sealed-value.ts';
import type { VaultContext } from '../context.ts';

export interface AddAvatarInput {
  readonly accountId: string;
  /** The file as it arrives. Its type is unproven until it was decoded. */
  readonly content: ByteStream;
  /** The person's own word for it. */
  readonly label?: string | null;
}

/** Pictures that one account can have. */
export const MOST_AVATARS = 10;

/**
 * Keeps a picture of a person: re-encoded, in fixed sizes, sealed by the account's key. It becomes a value of the claim
 * `picture`, and the first one is the default.
 * @throws AppError as the image encoder, and `value_exists`, `too_many_values`, `value_invalid` (label), `blobs_unavailable`.
 */
export async function addAvatar(ctx: VaultContext, input: AddAvatarInput): Promise<Attribute> {
  const { accountId } = input;
  const label = checkLabel(input.label);
  refuseTooMany(await listAttributes(ctx, accountId));
  const pictures = await ctx.images.encodeSquares(input.content, AVATAR_SIZES);
  const ref = { accountId, avatarId: randomUUID() };
  await writeFiles(ctx, ref, pictures);
  try {
    return await ctx.db.transaction((tx) =>
      insert(ctx, tx, { ref, label, value: avatarValue(pictures.get(512) ?? Buffer.alloc(0)) }),
    );
  } catch (error) {
    // After an outage the commit may have been done. The hourly job removes files without a value.
    const isRefused = !isAppError(error) || error.kind !== 'unavailable';
    if (isRefused) await removeFiles(ctx, ref).catch(() => undefined);
    throw error;
  }
}

/** Removes the files of one picture, then the note that it has some. */
export async function removeFiles(
  { db, blobs }: Pick<VaultContext, 'db' | 'blobs'>,
  ref: AvatarRef,
): Promise<void> {
  await blobs.removeFolder(folderOf(ref));
  await createAvatarFileStore(db).remove(ref.avatarId);
}

async function writeFiles(
  ctx: VaultContext,
  ref: AvatarRef,
  pictures: ReadonlyMap<AvatarSize, Buffer>,
): Promise<void> {
  const { db, clock, blobs } = ctx;
  const sealer = await findAccountSealer(ctx, ref.accountId);
  if (sealer === null) throw new AppError('not_found', 'account_not_found');
  await createAvatarFileStore(db).insert(ref, clock.now());
  for (const [size, picture] of pictures) {
    await blobs.put(fileOf(ref, size), sealer.seal(picture, fileContext(ref, size)));
  }
}

interface NewAvatar {
  readonly ref: AvatarRef;
  readonly label: string | null;
  readonly value: string;
}

async function insert(
  ctx: VaultContext,
  tx: Database,
  { ref, label, value }: NewAvatar,
): Promise<Attribute> {
  const { accountId, avatarId: id } = ref;
  const { sealer, attributes } = await lockAttributes(ctx, tx, accountId);
  refuseTooMany(attributes);
  const others = attributes.filter(({ claim }) => claim === AVATAR_CLAIM);
  if (others.some((other) => other.value === value)) throw refusal('value_exists');
  const createdAt = ctx.clock.now();
  const place = { accountId, attributeId: id, claim: AVATAR_CLAIM };
  const row = {
    id,
    claim: AVATAR_CLAIM,
    isDefault: !others.some(({ isDefault }) => isDefault),
    verifiedAt: null,
    createdAt,
    updatedAt: createdAt,
  };
  const sealedValue = sealContent(sealer, place, { value, label });
  await createAttributeStore(tx).insert({ ...row, accountId, sealedValue });
  await ctx.audit.record(tx, {
    kind: 'attribute.added',
    accountId,
    details: { claim: AVATAR_CLAIM, attributeId: id },
  });
  await ctx.feed.publish(tx, 'vault', accountId);
  return Object.freeze({ ...row, value, label, isVerified: false });
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
