import { Type } from 'typebox';

import { Nullable } from '../http/routing/nullable.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';
import { describeDevice } from './device-words.ts';
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
  },
  { title: 'Session' },
);

/** A session as its owner reads it. */
export function presentSession(session: SessionSummary, currentUid: string | undefined) {
  const isCurrent = session.uid === currentUid;
  return { ...session, isCurrent, ...describeDevice(session.userAgent) };
}
