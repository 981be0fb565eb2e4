import { Type } from 'typebox';

import { DURATIONS } from '../clients/index.ts';
import { PAUSE_REASONS } from '../consents/index.ts';
import { Nullable } from '../http/routing/nullable.ts';
import { IdentifierParam, NameParam } from '../http/routing/path-parameters.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';
import type { ConnectedApp } from './connected-app.ts';

/** Path of one claim of a connected app. */
export const ConnectedItemParams = Type.Object({ clientId: IdentifierParam, claim: NameParam });

const DurationText = Type.Enum([...DURATIONS]);

const summary = {
  clientId: Type.String(),
  name: Type.String(),
  isVerified: Type.Boolean(),
  clientUri: Nullable(Type.String()),
  openUri: Nullable(Type.String(), {
    description:
      'The address at which you open the app: where it starts a sign-in (`initiateLoginUri` with `iss`), else its home page.',
  }),
  since: MomentOutput,
  lastReadAt: Nullable(MomentOutput),
  suspendedAt: Nullable(MomentOutput, {
    description: 'The time of the pause: the app can read nothing until you decide again.',
  }),
  suspendedFor: Nullable(Type.Enum([...PAUSE_REASONS]), {
    description:
      '`unused`: it read nothing for a long time. `restored`: the database was restored from a copy that may be older than your last decision.',
  }),
  claims: Type.Array(Type.String(), {
    description: 'Claims whose values it can read, unless it is paused.',
  }),
};

export const ConnectedAppSummaryView = Type.Object(summary);

const ConnectedItemView = Type.Object({
  claim: Type.String(),
  state: Type.Enum(['shared', 'refused', 'expired', 'spent', 'deleted', 'not_asked']),
  attributeId: Nullable(Type.String({ format: 'uuid' })),
  isEssential: Type.Boolean(),
  purpose: Nullable(Type.String()),
  duration: DurationText,
  decidedAt: MomentOutput,
  expiresAt: Nullable(MomentOutput),
  lastReadAt: Nullable(MomentOutput),
  options: Type.Array(Type.String({ format: 'uuid' }), {
    description: 'Ids of the values that may be shared instead; read them from the profile API.',
  }),
  durations: Type.Array(DurationText),
});

export const ConnectedAppView = Type.Object({
  ...summary,
  changedAt: MomentOutput,
  items: Type.Array(ConnectedItemView),
  permissions: Type.Array(Type.String(), { description: 'Allowed API scopes.' }),
  isOffline: Type.Boolean(),
});

export const ItemChange = Type.Object({
  attributeId: Nullable(Type.String({ format: 'uuid' }), {
    description: 'The value to share from now on; null: do not share.',
  }),
  duration: Type.Optional(DurationText),
});

const Answer = (description: string) =>
  Nullable(Type.Record(Type.String(), Type.Unknown()), { description });

export const PreviewView = Type.Object({
  claims: Type.Record(Type.String(), Type.Unknown(), {
    description: 'The UserInfo response without the identifier of the person.',
  }),
  userinfo: Answer('The exact present UserInfo response; null: it is refused.'),
  idToken: Answer(
    'The present claims of an ID token, without those that change with each sign-in; null: none is issued.',
  ),
});

/** Presents a connected app in the API: ids of values and names of permissions. */
export function presentApp(app: ConnectedApp) {
  return {
    ...app,
    items: app.items.map((item) => ({ ...item, options: item.options.map(({ id }) => id) })),
    permissions: app.permissions.map(({ scope }) => scope),
  };
}
