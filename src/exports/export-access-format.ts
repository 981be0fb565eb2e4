import { Type } from 'typebox';

import { about, Id, Maybe, Moment, STRICT, Text, Texts } from './export-fields.ts';

/** A passkey, without its keys. */
export const Passkey = Type.Object(
  {
    id: Id,
    name: Maybe(Text),
    storage: Type.Enum(['synced', 'device']),
    createdAt: Moment,
    lastUsedAt: Maybe(Moment),
    blockedAt: Maybe(Moment),
  },
  STRICT,
);

/** A signed-in browser. */
export const Session = Type.Object(
  {
    uid: Text,
    createdAt: Moment,
    lastSeenAt: Moment,
    authenticatedAt: Moment,
    expiresAt: Moment,
    ip: Text,
    userAgent: Text,
    amr: about(Texts, 'How you signed in (RFC 8176).'),
    isRemembered: Type.Boolean(),
    clientIds: about(Texts, 'Apps that you signed in to through it.'),
  },
  STRICT,
);
