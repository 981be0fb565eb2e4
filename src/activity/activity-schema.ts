import { Type } from 'typebox';

import { DURATIONS } from '../clients/index.ts';
import { PAUSE_REASONS, type ConsentEvent } from '../consents/index.ts';
import { PageLimit } from '../http/routing/list-page.ts';
import { Nullable } from '../http/routing/nullable.ts';
import { MomentInput, MomentOutput } from '../http/routing/time-inputs.ts';
import { CHANNELS, type RecordedRelease, type ReleaseCursor } from '../ledger/index.ts';
import { AppError } from '../platform/app-error.ts';
import { CONSENT_EVENT_KINDS } from '../receipts/index.ts';

export const ReleaseView = Type.Object({
  id: Type.String(),
  clientId: Type.String(),
  channel: Type.Enum([...CHANNELS]),
  claims: Type.Array(Type.String()),
  ip: Nullable(Type.String()),
  releasedAt: MomentOutput,
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
    Type.String({ maxLength: 100, description: 'The `next` of the previous page.' }),
  ),
  limit: PageLimit,
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
      duration: Type.Enum([...DURATIONS]),
      purposeVersion: Type.Integer(),
      attributeId: Nullable(Type.String()),
    }),
  ),
  pausedFor: Nullable(Type.Enum([...PAUSE_REASONS])),
  occurredAt: MomentOutput,
});

/** Presents one decision in the API. Without a stored reason a pause is one of unused access. */
export function presentEvent({ details, ...event }: ConsentEvent) {
  const pausedFor = details.pausedFor ?? (event.kind === 'suspended' ? 'unused' : null);
  return { ...event, items: details.items ?? [], pausedFor };
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
