import { Type } from 'typebox';

import { page } from '../../http/pages/page.ts';
import {
  type FormErrors,
  formPage,
  redirect,
  render,
  success,
  typedText,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { AppError } from '../../platform/app-error.ts';
import type { Vault } from '../index.ts';
import { AVATAR_RULE } from './avatar.ts';

export const addPicturePage = page<{
  readonly label: string;
  readonly formErrors: FormErrors | null;
}>('vault/add-picture.njk');

/** The page on which a person uploads a picture. The common pages of values change and remove pictures. */
export function avatarPageRoutes({ vault }: { readonly vault: Vault }): readonly AnyRoute[] {
  return formPage({
    path: '/account/pictures/add',
    access: 'person',
    form: Type.Object({ label: Type.Optional(Type.String({ maxLength: 1_000 })) }),
    file: { name: 'picture', maxBytes: AVATAR_RULE.mostBytes },
    limit: { points: 20, perSeconds: 60 },
    show: async ({ formErrors, formValues }) =>
      render(addPicturePage, { label: typedText(formValues, 'label'), formErrors }),
    submit: async ({ caller, form, file }) => {
      if (file === null) throw refusal('image_missing');
      await vault.avatars.add({
        accountId: caller.accountId,
        content: withFieldErrors(file),
        label: form.label ?? null,
      });
      return redirect('/account', success('vault:flash.picture'));
    },
  });
}

/** The same bytes; the error for a file that is too large is shown at its field. */
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
  return new AppError('invalid', code, { fields: { picture: code }, cause });
}
