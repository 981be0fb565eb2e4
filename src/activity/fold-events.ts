import type { RecordedEvent } from '../audit/index.ts';

/** The events of one request, which are one thing for the person: a registration also adds and confirms values. */
export interface FoldedEvents {
  readonly type: 'security';
  readonly at: Date;
  /** The event that names it. */
  readonly event: RecordedEvent;
  /** Claims of the events of the same kind. */
  readonly claims: readonly string[];
  /** The values that it is about; for a registration those that were added with it. */
  readonly values: readonly TouchedValue[];
}

/** A value in an event. Events contain no values: the profile has it, if it still exists. */
export interface TouchedValue {
  readonly claim: string;
  readonly attributeId: string;
  readonly at: Date;
}

/** Of the events of one request the first of these names it; any other kind comes before them. */
const SECONDARY: readonly string[] = [
  'attribute.changed',
  'attribute.added',
  'attribute.removed',
  'attribute.verified',
  'sign_in.succeeded',
  'client.requests_changed',
  'grant.revoked',
  'session.ended',
];

/**
 * Joins the events of each request, newest first. Events without a request stay alone. The values of a new account were added in
 * the request before the one that registered it, so they belong to the registration.
 */
export function foldEvents(events: readonly RecordedEvent[]): FoldedEvents[] {
  const registration = events.find(({ kind }) => kind === 'account.registered');
  const requests = Map.groupBy(events, (event) =>
    registration !== undefined && isPartOf(registration, event)
      ? requestOf(registration)
      : requestOf(event),
  );
  return [...requests.values()].flatMap((ofRequest) => {
    const [event] = ofRequest.toSorted((one, other) => rank(one) - rank(other));
    if (event === undefined) return [];
    const same = ofRequest.filter(({ kind }) => kind === event.kind);
    const claims = new Set(same.flatMap((one) => textOf(one, 'claim') ?? []));
    const values = touchedValues(event.kind === 'account.registered' ? ofRequest : same);
    return [
      { type: 'security', at: event.occurredAt, event, claims: [...claims], values } as const,
    ];
  });
}

function requestOf({ id, requestId }: RecordedEvent): string {
  return requestId ?? `event ${id}`;
}

function isPartOf(registration: RecordedEvent, { id, kind }: RecordedEvent): boolean {
  return kind === 'attribute.added' && BigInt(id) < BigInt(registration.id);
}

/** Each value once, in the order in which they were touched. */
function touchedValues(events: readonly RecordedEvent[]): TouchedValue[] {
  const touched = new Map<string, TouchedValue>();
  for (const event of events.toReversed()) {
    const claim = textOf(event, 'claim');
    const attributeId = textOf(event, 'attributeId');
    if (claim === undefined || attributeId === undefined) continue;
    touched.set(attributeId, { claim, attributeId, at: event.occurredAt });
  }
  return [...touched.values()];
}

function rank({ kind }: RecordedEvent): number {
  return SECONDARY.indexOf(kind);
}

function textOf({ details }: RecordedEvent, member: 'claim' | 'attributeId'): string | undefined {
  const { [member]: text } = details as { readonly [name: string]: unknown };
  return typeof text === 'string' ? text : undefined;
}
