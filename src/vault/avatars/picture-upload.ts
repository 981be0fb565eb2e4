import { AppError } from '../../platform/app-error.ts';
import { AVATAR_RULE } from './avatar.ts';

/** The field of a form that has the file of a picture. It is the last field of its form. */
export const PICTURE_FIELD = { name: AVATAR_RULE.field, maxBytes: AVATAR_RULE.mostBytes } as const;

/**
 * The content of a picture that a form sent.
 * @throws AppError `image_missing` without a file; while it is read, `image_too_large`; both at the field of the picture.
 */
export function pictureOf(file: AsyncIterable<Buffer> | null): AsyncIterable<Buffer> {
  if (file === null) throw refusal('image_missing');
  return withFieldErrors(file);
}

async function* withFieldErrors(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* file;
  } catch (cause) {
    throw cause instanceof AppError && cause.kind === 'too_large'
      ? refusal('image_too_large', cause)
      : cause;
  }
}

function refusal(code: 'image_missing' | 'image_too_large', cause?: unknown): AppError {
  return new AppError('invalid', code, { fields: { [AVATAR_RULE.field]: code }, cause });
}
