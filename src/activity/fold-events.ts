import type { RecordedEvent } from '../audit/index.ts';

/** The events of one request, which are one thing for the person: a registration also adds and confirms values. */
export interface FoldedEvents {
  readonly type: 'security';
  readonly at: Date;
  /** The event that names it. */
  readonly event: RecordedEvent;
  /** Claims of the events of the same kind. */
  readonly claims: readonly string[];
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

/** Joins the events of each request, newest first. Events without a request stay alone. */
export function foldEvents(events: readonly RecordedEvent[]): FoldedEvents[] {
  const requests = Map.groupBy(events, ({ id, requestId }) => requestId ?? `event ${id}`);
  return [...requests.values()].flatMap((ofRequest) => {
    const [event] = ofRequest.toSorted((one, other) => rank(one) - rank(other));
    if (event === undefined) return [];
    const same = ofRequest.filter(({ kind }) => kind === event.kind);
    const claims = new Set(same.flatMap(({ details }) => claimOf(details) ?? []));
    return [{ type: 'security', at: event.occurredAt, event, claims: [...claims] } as const];
  });
}

function rank({ kind }: RecordedEvent): number {
  return SECONDARY.indexOf(kind);
}

function claimOf(details: object): string | undefined {
  const { claim } = details as { readonly claim?: unknown };
  return typeof claim === 'string' ? claim : undefined;
}
