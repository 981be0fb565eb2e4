import { Type } from 'typebox';

import { Nullable } from '../http/routing/nullable.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';
import { describeDevice } from './device-words.ts';
import type { Places } from '../platform/places/places.ts';
import type { SessionSummary } from './session.ts';

const nullableText = (description: string) => Nullable(Type.String(), { description });
const moment = (description: string) => Type.Unsafe<Date>({ ...MomentOutput, description });

/** One signed-in browser in the account API. */
export const SessionView = Type.Object(
  {
    uid: Type.String({ description: 'Names the session in this API.' }),
    isCurrent: Type.Boolean({
      description: 'True for the session of this request; always false for a request with a token.',
    }),
    browser: nullableText('As the browser calls itself, for example `Firefox`.'),
    system: nullableText('For example `Windows` or `iPhone`.'),
    ip: Type.String({ description: 'The address of its last request.' }),
    userAgent: Type.String(),
    createdAt: moment('The time of the first request of this browser.'),
    authenticatedAt: moment('The time of the last proof of identity in this browser.'),
    lastSeenAt: moment('Correct to about an hour.'),
    expiresAt: moment(
      'The end of the session if it is not used again. Use extends it, up to a limit that begins with the sign-in.',
    ),
    isRemembered: Type.Boolean({ description: 'False: it also ends when the browser closes.' }),
    amr: Type.Array(Type.String(), { description: 'How the person signed in (RFC 8176).' }),
    place: nullableText(
      'City and country of the address in the language of the request, where the server has a database of places.',
    ),
    apps: Type.Array(Type.Object({ clientId: Type.String(), name: Type.String() }), {
      description: 'Apps that were signed in to through it and that have access.',
    }),
  },
  { title: 'Session' },
);

/** The sources of the words about a session. */
export interface SessionWords {
  readonly locale: string;
  readonly places: Pick<Places, 'describe'>;
  /** Null for the server's own apps, and for an app that no longer exists. */
  readonly nameOfApp: (clientId: string) => Promise<string | null>;
}

/** A session with the words of its owner's language. */
export async function describeSession(
  { locale, places, nameOfApp }: SessionWords,
  { clientIds, ...session }: SessionSummary,
) {
  const named = clientIds.map(async (clientId) => ({ clientId, name: await nameOfApp(clientId) }));
  const apps = (await Promise.all(named)).flatMap(({ clientId, name }) =>
    name === null ? [] : [{ clientId, name }],
  );
  const place = session.ip === '' ? null : places.describe(session.ip, locale);
  return { ...session, ...describeDevice(session.userAgent), place, apps };
}
