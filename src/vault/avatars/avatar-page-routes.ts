import { Type } from 'typebox';

import { page } from '../../http/pages/page.ts';
import { type FormErrors, formPage, render, typedText } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { sitePath } from '../../http/pages/site-path.ts';
import type { Vault } from '../index.ts';
import { cancelPath, forApp, ForAppQuery, leadBack } from '../profile/for-app-views.ts';
import { AVATAR_CLAIM } from './avatar.ts';
import { PICTURE_FIELD, pictureOf } from './picture-upload.ts';

export const addPicturePage = page<{
  readonly action: string;
  readonly cancelHref: string;
  readonly label: string;
  readonly formErrors: FormErrors | null;
}>('vault/add-picture.njk');

const PATH = sitePath`/account/pictures/add`;

/** The page on which a person uploads a picture. The common pages of values change and remove pictures. */
export function avatarPageRoutes({ vault }: { readonly vault: Vault }): readonly AnyRoute[] {
  return formPage({
    path: '/account/pictures/add',
    access: 'person',
    form: Type.Object({ label: Type.Optional(Type.String({ maxLength: 1_000 })) }),
    file: PICTURE_FIELD,
    limit: { points: 20, perSeconds: 60 },
    query: ForAppQuery,
    show: async ({ query: { app }, formErrors, formValues }) =>
      render(addPicturePage, {
        action: forApp(PATH, app),
        cancelHref: cancelPath(app),
        label: typedText(formValues, 'label'),
        formErrors,
      }),
    submit: async ({ caller, query: { app }, form, file }) => {
      await vault.avatars.add({
        accountId: caller.accountId,
        content: pictureOf(file),
        label: form.label ?? null,
      });
      return leadBack({ app, claim: AVATAR_CLAIM, flash: 'vault:flash.picture' });
    },
  });
}
