import { MomentInput } from '../http/routing/time-inputs.ts';
import { Type, type Static, type TSchema } from 'typebox';

import { AppError } from '../platform/app-error.ts';
import { CHANNELS, type RecordedRelease, type ReleaseCursor } from '../ledger/index.ts';
import type {
  ConnectedApp,
  ConnectedAppSummary,
  ConnectedItem,
} from '../connected-apps/connected-app.ts';
import { CONSENT_EVENT_KINDS } from '../receipts/index.ts';
import { PAUSE_REASONS, type ConsentEvent } from './consent.ts';
import { DURATIONS } from './duration.ts';

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
    description: 'Since then it can read nothing, until you decide again.',
  }),
  suspendedFor: Type.Union([Type.Enum([...PAUSE_REASONS]), Type.Null()], {
    description:
      '`unused`: it read nothing for long. `restored`: the database was restored from a copy that may be older than your last decision.',
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
    description: 'The UserInfo answer without the identifier of the person.',
  }),
  userinfo: Answer('Exactly what UserInfo answers now; null: it is refused.'),
  idToken: Answer(
    'What an ID token says now, without what changes from one sign-in to the next; null: none is issued.',
  ),
});

export const ReleaseView = Type.Object({
  id: Type.String(),
  clientId: Type.String(),
  channel: Type.Enum([...CHANNELS]),
  claims: Type.Array(Type.String()),
  ip: Maybe(Type.String()),
  releasedAt: Moment,
});

export const ReleaseFilterView = Type.Object({
  clientId: Type.Optional(Type.String({ maxLength: 200 })),
  claim: Type.Optional(Type.String({ maxLength: 100 })),
  channel: Type.Optional(Type.Enum([...CHANNELS])),
  from: Type.Optional(MomentInput),
  until: Type.Optional(MomentInput),
});

export const ReleaseQueryView = Type.Object({
  ...ReleaseFilterView.properties,
  before: Type.Optional(
    Type.String({ maxLength: 100, description: 'The `next` of the page before.' }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
});

export const ConsentEventView = Type.Object({
  id: Type.String(),
  consentId: Type.String(),
  clientId: Type.String(),
  kind: Type.Enum([...CONSENT_EVENT_KINDS]),
  items: Type.Array(
    Type.Object({
      claim: Type.String(),
      decision: Type.Enum(['share', 'refuse']),
      duration: DurationText,
      purposeVersion: Type.Integer(),
      attributeId: Maybe(Type.String()),
    }),
  ),
  pausedFor: Maybe(Type.Enum([...PAUSE_REASONS])),
  occurredAt: Moment,
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

export function presentRelease(release: RecordedRelease): Static<typeof ReleaseView> {
  const { id, clientId, channel, claims, ip, releasedAt } = release;
  return { id, clientId, channel, claims: [...claims], ip, releasedAt: releasedAt.toISOString() };
}

export function presentEvent(event: ConsentEvent): Static<typeof ConsentEventView> {
  const { id, consentId, clientId, kind, details, occurredAt } = event;
  const items = (details.items ?? []).map((item) => ({ ...item }));
  const pausedFor = details.pausedFor ?? (kind === 'suspended' ? 'unused' : null);
  return { id, consentId, clientId, kind, items, pausedFor, occurredAt: occurredAt.toISOString() };
}

/** Where a page of releases ended, as one text. */
export function writeCursor(release: RecordedRelease): string {
  return `${release.releasedAt.toISOString()}~${release.id}`;
}

const CURSOR = /^(\d{4}-\d\d-\d\dT[\d:.]{12}Z)~(\d{1,18})$/;

/** @throws AppError `cursor_invalid`. */
export function readCursor(text: string): ReleaseCursor {
  const [, time = '', id = ''] = CURSOR.exec(text) ?? [];
  const releasedAt = new Date(time);
  if (Number.isNaN(releasedAt.getTime())) {
    throw new AppError('invalid', 'cursor_invalid', { fields: { before: 'cursor_invalid' } });
  }
  return { releasedAt, id };
}
