import { Type, type Static, type TSchema } from 'typebox';

import { DURATIONS } from '../clients/index.ts';
import { PAUSE_REASONS } from '../consents/index.ts';
import { IdentifierParam, NameParam } from '../http/routing/path-parameters.ts';
import type { ConnectedApp, ConnectedAppSummary, ConnectedItem } from './connected-app.ts';

/** Path of one claim of a connected app. */
export const ConnectedItemParams = Type.Object({ clientId: IdentifierParam, claim: NameParam });

const Moment = Type.String({ format: 'date-time' });
const Maybe = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const DurationText = Type.Enum([...DURATIONS]);

const summary = {
  clientId: Type.String(),
  name: Type.String(),
  isVerified: Type.Boolean(),
  clientUri: Maybe(Type.String()),
  since: Moment,
  lastReadAt: Maybe(Moment),
  suspendedAt: Type.Union([Moment, Type.Null()], {
    description: 'The time of the pause: the app can read nothing until you decide again.',
  }),
  suspendedFor: Type.Union([Type.Enum([...PAUSE_REASONS]), Type.Null()], {
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
  attributeId: Maybe(Type.String({ format: 'uuid' })),
  isEssential: Type.Boolean(),
  purpose: Maybe(Type.String()),
  duration: DurationText,
  decidedAt: Moment,
  expiresAt: Maybe(Moment),
  lastReadAt: Maybe(Moment),
  options: Type.Array(Type.String({ format: 'uuid' }), {
    description: 'Ids of the values that may be shared instead; read them from the profile API.',
  }),
  durations: Type.Array(DurationText),
});

export const ConnectedAppView = Type.Object({
  ...summary,
  changedAt: Moment,
  items: Type.Array(ConnectedItemView),
  permissions: Type.Array(Type.String(), { description: 'Allowed API scopes.' }),
  isOffline: Type.Boolean(),
});

export const ItemChange = Type.Object({
  attributeId: Type.Union([Type.String({ format: 'uuid' }), Type.Null()], {
    description: 'The value to share from now on; null: do not share.',
  }),
  duration: Type.Optional(DurationText),
});

const Answer = (description: string) =>
  Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], { description });

export const PreviewView = Type.Object({
  claims: Type.Record(Type.String(), Type.Unknown(), {
    description: 'The UserInfo response without the identifier of the person.',
  }),
  userinfo: Answer('The exact present UserInfo response; null: it is refused.'),
  idToken: Answer(
    'The present claims of an ID token, without those that change with each sign-in; null: none is issued.',
  ),
});

export function presentSummary(app: ConnectedAppSummary): Static<typeof ConnectedAppSummaryView> {
  return {
    clientId: app.clientId,
    name: app.name,
    isVerified: app.isVerified,
    clientUri: app.clientUri,
    since: app.since.toISOString(),
    lastReadAt: app.lastReadAt?.toISOString() ?? null,
    suspendedAt: app.suspendedAt?.toISOString() ?? null,
    suspendedFor: app.suspendedFor,
    claims: [...app.claims],
  };
}

export function presentApp(app: ConnectedApp): Static<typeof ConnectedAppView> {
  return {
    ...presentSummary(app),
    changedAt: app.changedAt.toISOString(),
    items: app.items.map(presentItem),
    permissions: app.permissions.map(({ scope }) => scope),
    isOffline: app.isOffline,
  };
}

function presentItem(item: ConnectedItem): Static<typeof ConnectedItemView> {
  return {
    claim: item.claim,
    state: item.state,
    attributeId: item.attributeId,
    isEssential: item.isEssential,
    purpose: item.purpose,
    duration: item.duration,
    decidedAt: item.decidedAt.toISOString(),
    expiresAt: item.expiresAt?.toISOString() ?? null,
    lastReadAt: item.lastReadAt?.toISOString() ?? null,
    options: item.options.map(({ id }) => id),
    durations: [...item.durations],
  };
}
