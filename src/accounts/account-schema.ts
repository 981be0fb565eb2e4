import { Type } from 'typebox';

import { MomentOutput } from '../http/routing/time-inputs.ts';

/** An account as its owner sees it. */
export const AccountView = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    status: Type.String({ description: 'Always `active`, because no other account can read it.' }),
    locale: Type.Union([Type.String(), Type.Null()], {
      description: 'Language of mails and pages; null follows the browser.',
    }),
    isAdministrator: Type.Boolean(),
    lastSignInAt: Type.Union([MomentOutput, Type.Null()]),
    createdAt: MomentOutput,
  },
  { title: 'Account' },
);
