import { Type } from 'typebox';

import { Nullable } from '../http/routing/nullable.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';
import type { LogoutNotice } from './logout-notice.ts';

/** One notice for the developer. It contains nothing about the person. */
export const LogoutNoticeView = Type.Object(
  {
    noticeId: Type.String({ description: 'The `jti` of its logout tokens.' }),
    cause: Type.Enum(['ended', 'expired'], {
      description:
        '`expired`: the session was not used for too long, or reached its maximum age. `ended`: every other end.',
    }),
    status: Type.Enum(['waiting', 'delivered', 'failed'], {
      description: '`failed`: given up after two days without an answer, or ten refusals.',
    }),
    attempts: Type.Integer(),
    lastError: Nullable(Type.String(), {
      description: 'Of the last attempt: such as `http_500`, `timeout` or `ECONNREFUSED`.',
    }),
    nextAttemptAt: Nullable(MomentOutput),
    createdAt: MomentOutput,
    finishedAt: Nullable(MomentOutput, {
      description: 'The moment of the delivery, or of giving up.',
    }),
  },
  { title: 'LogoutNotice' },
);

/** A notice as {@link LogoutNoticeView}. */
export function presentNotice({ id, ...notice }: LogoutNotice) {
  return { ...notice, noticeId: id };
}
