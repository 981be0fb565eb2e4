import { Type } from 'typebox';

import { Nullable } from '../../http/routing/nullable.ts';
import { MomentOutput } from '../../http/routing/time-inputs.ts';
import type { CreationOptions } from './webauthn.ts';

const moment = (description: string) => Type.Unsafe<Date>({ ...MomentOutput, description });

/** A passkey in the account API, without its key. */
export const PasskeyView = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Nullable(Type.String(), { description: 'Null: it has none.' }),
    storage: Type.Enum(['synced', 'device'], {
      description:
        '`synced`: copies are on other devices. `device`: it is on one device or security key.',
    }),
    createdAt: moment('The time at which it was added.'),
    lastUsedAt: Nullable(moment('The last sign-in with it.')),
    blockedAt: Nullable(moment('Since when it is refused, because a copy of it may exist.')),
  },
  { title: 'Passkey' },
);

/** Every passkey of an account, in the order in which they were added. */
export const PasskeysView = Type.Object({ passkeys: Type.Array(PasskeyView) });

/** A passkey that may be created now. */
export const PasskeyCreationView = Type.Object(
  {
    options: Type.Unsafe<CreationOptions>({
      ...Type.Record(Type.String(), Type.Unknown()),
      description:
        'PublicKeyCredentialCreationOptionsJSON of WebAuthn Level 3, for `PublicKeyCredential.parseCreationOptionsFromJSON`.',
    }),
    ticket: Type.String({ description: 'To send back with the credential, within 10 minutes.' }),
  },
  { title: 'PasskeyCreation' },
);

/** The answer of an authenticator, and the ticket of its challenge. */
export const NewPasskeyBody = Type.Object({
  ticket: Type.String({ maxLength: 2_000 }),
  credential: Type.Unknown({
    $comment:
      'bounded by the size of the body; only the members of RegistrationResponseJSON are read',
    description:
      'RegistrationResponseJSON of WebAuthn Level 3: `credential.toJSON()` in a browser.',
  }),
});

/** The new name of a passkey. */
export const PasskeyNameBody = Type.Object({ name: Type.String({ maxLength: 400 }) });
