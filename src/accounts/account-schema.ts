import { Type } from 'typebox';

import { Nullable } from '../http/routing/nullable.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';

/** An account as its owner sees it. */
export const AccountView = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    status: Type.String({ description: 'Always `active`, because no other account can read it.' }),
    locale: Nullable(Type.String(), {
      description: 'Language of mails and pages; null follows the browser.',
    }),
    isAdministrator: Type.Boolean(),
    lastSignInAt: Nullable(MomentOutput),
    createdAt: MomentOutput,
  },
  { title: 'Account' },
);
