import { type Static, Type } from 'typebox';

import { listOf, wholeNumber } from './setting.ts';

export const ACCOUNTS = Type.Object({
  USERNAME_SERVICES: listOf(parseUsernameService, {
    description:
      'Other services on which the page of usernames checks a name, for information: `Name=https://api.example/users/{username}`. 404 means free, 2xx taken, any other status unknown.',
  }),
  REGISTRATION_USERNAME: Type.Enum(['off', 'optional', 'required'], {
    default: 'off',
    description:
      'Whether the page for a new account has a field for a username. The username is assigned when the address is confirmed, so that the page does not reveal which usernames exist. `required`: every account has a username. A person without one (the chosen name was taken, or the account began with a code) chooses it at the next sign-in; until then, a request with `prompt=none` is answered with `interaction_required`. With every value people can add a username later.',
  }),
  BREACHED_PASSWORDS: Type.Optional(
    Type.String({
      form: 'file',
      defaultText: 'a list of 49,233 common passwords',
      description:
        'List of known passwords, which are refused as new passwords, in place of the own one: a file that `consentry passwords build-list` made. Each process keeps it in memory, with 3.1 bytes per password.',
    }),
  ),
  TRANSFER_PROVEN_ADDRESSES: Type.Boolean({
    default: false,
    formerName: 'PROVED_CONTROL_WINS',
    description:
      'When a person proves an e-mail address or phone number that another account has proven, move it to the account of that person. An account that has no sign-in name left is deleted. When off, the address stays with the other account, whose owner is notified.',
  }),
});

const DAY = 86_400;
const YEAR = 365 * DAY;

export const LIFETIMES = Type.Object({
  ACCESS_TOKEN_SECONDS: wholeNumber([900, 30, 3600], 'Lifetime of access tokens.'),
  ID_TOKEN_SECONDS: wholeNumber([900, 30, 3600], 'Lifetime of ID tokens.'),
  REFRESH_TOKEN_SECONDS: wholeNumber(
    [14 * DAY, 60, YEAR],
    'Lifetime of a refresh token that is not used. Each use starts it again.',
  ),
  REFRESH_TOKEN_ABSOLUTE_SECONDS: wholeNumber(
    [YEAR, 60, 10 * YEAR],
    'Lifetime of refresh tokens after the last sign-in of the person, independent of their use. The end of the consent ends them earlier.',
  ),
  REFRESH_TOKEN_GRACE_SECONDS: wholeNumber(
    [2, 0, 10],
    'Time during which the same client may repeat a refresh whose response it lost. Later, or from another client, a used refresh token ends the grant.',
  ),
  UNUSED_CONSENT_DAYS: wholeNumber(
    [90, 0, 3650],
    'Days without a read after which the access of an app is paused until the person resumes it. 0: never.',
  ),
  AUTHORIZATION_CODE_SECONDS: wholeNumber([60, 10, 600], 'Lifetime of authorization codes.'),
  INTERACTION_SECONDS: wholeNumber([7200, 60, DAY], 'Lifetime of an unfinished sign-in.'),
  GRANT_SECONDS: wholeNumber(
    [YEAR, 3600, 10 * YEAR],
    'Lifetime of a grant. Afterwards the app has to use the consent page again.',
  ),
  SESSION_SECONDS: wholeNumber(
    [30 * DAY, 300, YEAR],
    'Maximum lifetime of a signed-in browser, from the sign-in.',
  ),
  SESSION_IDLE_SECONDS: wholeNumber(
    [14 * DAY, 300, YEAR],
    'Lifetime of a signed-in browser that is not used.',
  ),
  SESSION_UNREMEMBERED_SECONDS: wholeNumber(
    [DAY / 2, 300, YEAR],
    'Maximum lifetime of a signed-in browser, from the sign-in, when the person did not choose to stay signed in. The browser forgets it earlier, when it closes.',
  ),
  ADMINISTRATOR_SESSION_SECONDS: wholeNumber(
    [DAY / 2, 300, 30 * DAY],
    'Maximum lifetime of a signed-in browser of an administrator, from the sign-in. An account that becomes an administrator has it at once.',
  ),
  ADMINISTRATOR_SESSION_IDLE_SECONDS: wholeNumber(
    [1800, 60, 30 * DAY],
    'Lifetime of a signed-in browser of an administrator that is not used.',
  ),
  DELETION_RETENTION_DAYS: wholeNumber(
    [30, 0, 3650],
    'Days during which a deleted account can be restored. Afterwards its key and its data are destroyed. 0: at once.',
  ),
});

/** The part of the configuration about accounts and lifetimes. */
export function accountConfig(values: Static<typeof ACCOUNTS> & Static<typeof LIFETIMES>) {
  return {
    usernameServices: values.USERNAME_SERVICES,
    registrationUsername: values.REGISTRATION_USERNAME,
    /** Null: the list of this server. */
    breachedPasswordsFile: values.BREACHED_PASSWORDS ?? null,
    transferProvenAddresses: values.TRANSFER_PROVEN_ADDRESSES,
    /** In seconds. */
    lifetimes: {
      accessToken: values.ACCESS_TOKEN_SECONDS,
      idToken: values.ID_TOKEN_SECONDS,
      refreshToken: values.REFRESH_TOKEN_SECONDS,
      refreshTokenAbsolute: values.REFRESH_TOKEN_ABSOLUTE_SECONDS,
      authorizationCode: values.AUTHORIZATION_CODE_SECONDS,
      interaction: values.INTERACTION_SECONDS,
      grant: values.GRANT_SECONDS,
    },
    /** In seconds: `total` from the sign-in, `idle` without use. */
    sessionLives: {
      person: { idle: values.SESSION_IDLE_SECONDS, total: values.SESSION_SECONDS },
      unremembered: {
        idle: values.SESSION_UNREMEMBERED_SECONDS,
        total: values.SESSION_UNREMEMBERED_SECONDS,
      },
      administrator: {
        idle: values.ADMINISTRATOR_SESSION_IDLE_SECONDS,
        total: values.ADMINISTRATOR_SESSION_SECONDS,
      },
    },
    refreshTokenGraceSeconds: values.REFRESH_TOKEN_GRACE_SECONDS,
    /** 0: consents are never paused because they are not used. */
    unusedConsentDays: values.UNUSED_CONSENT_DAYS,
    deletionRetentionDays: values.DELETION_RETENTION_DAYS,
  };
}

const PLACEHOLDER = '{username}';

function parseUsernameService(value: string): { readonly name: string; readonly url: string } {
  const [, name, url] = /^([^=]{1,40})=(.+)$/.exec(value) ?? [];
  const sample = url?.includes(PLACEHOLDER) === true && URL.parse(url.replace(PLACEHOLDER, 'x'));
  if (name === undefined || url === undefined || !sample || !/^https?:$/.test(sample.protocol))
    throw new Error(`must contain entries like Name=https://host/users/${PLACEHOLDER}`);
  return { name: name.trim(), url };
}
