import { Type } from 'typebox';

import { Nullable } from '../../http/routing/nullable.ts';
import { MomentOutput } from '../../http/routing/time-inputs.ts';

const moment = (description: string) => Type.Unsafe<Date>({ ...MomentOutput, description });

/** The second step of a person's sign-ins in the account API. */
export const SecondFactorsView = Type.Object(
  {
    since: Nullable(moment('Since when a sign-in has a second step.'), {
      description: 'Null: a sign-in needs one step.',
    }),
    isRequired: Type.Boolean({
      description: 'You require a second step, for which a passkey is enough.',
    }),
    authenticator: Nullable(
      Type.Object({
        createdAt: moment('The time at which it was set up.'),
        lastUsedAt: Nullable(moment('The last sign-in with one of its codes.')),
      }),
      { description: 'The authenticator app; null without one.' },
    ),
    unusedRecoveryCodes: Type.Integer({ description: 'How many recovery codes are left.' }),
    trustedBrowsers: Type.Integer({ description: 'Browsers that need no second step now.' }),
  },
  { title: 'SecondFactors' },
);

/** A new authenticator app that waits for its first code. */
export const EnrolmentView = Type.Object(
  {
    secret: Type.String({ description: 'In base32, to type into the app.' }),
    uri: Type.String({ description: 'The `otpauth:` address for a QR code.' }),
    ticket: Type.String({ description: 'To send back with the first code, within 30 minutes.' }),
  },
  { title: 'AuthenticatorEnrolment' },
);

/** Recovery codes, which are returned once. */
export const RecoveryCodesView = Type.Object(
  { recoveryCodes: Type.Array(Type.String()) },
  { title: 'RecoveryCodes' },
);
