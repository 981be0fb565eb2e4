import type { ConsentEvent } from '../consents/index.ts';
import { choseToShare } from '../receipts/index.ts';
import type { Attribute } from '../vault/index.ts';
import type { FoldedEvents, TouchedValue } from './fold-events.ts';

/** The value that an app read; `deleted`: the person has deleted it since; null: unknown, or changed since. */
type ReadValue = Attribute | 'deleted' | null;

/**
 * Finds the value of a claim that a person shared with an app at a time, from the decisions (newest first) and the values
 * that exist now.
 */
export function createValueFinder(
  decisions: readonly ConsentEvent[],
  attributes: readonly Attribute[],
) {
  const byId = new Map(attributes.map((attribute) => [attribute.id, attribute]));
  return (read: {
    readonly clientId: string;
    readonly claim: string;
    readonly at: Date;
  }): ReadValue => {
    const { clientId, claim, at } = read;
    for (const { clientId: app, occurredAt, details } of decisions) {
      if (app !== clientId || occurredAt > at) continue;
      const item = details.items?.find((decided) => decided.claim === claim);
      if (item === undefined) continue;
      if (!choseToShare(item) || item.attributeId === null) return null;
      const attribute = byId.get(item.attributeId);
      if (attribute === undefined) return 'deleted';
      return attribute.updatedAt > at ? null : attribute;
    }
    return null;
  };
}

/** Finds the value that an event is about, if it exists and is the one of that time. */
export function createTouchedValueFinder(
  attributes: readonly Attribute[],
  /** The time of the last change of each value; null: not known. */
  changes: ReadonlyMap<string, Date> | null,
) {
  const byId = new Map(attributes.map((attribute) => [attribute.id, attribute]));
  return ({ attributeId, at }: TouchedValue): Attribute | null => {
    const attribute = byId.get(attributeId);
    if (attribute === undefined) return null;
    // A confirmation sets `updatedAt` too, so it is used only where the changes are not known.
    const changedAt = changes === null ? attribute.updatedAt : changes.get(attributeId);
    return changedAt !== undefined && changedAt > at ? null : attribute;
  };
}

/** The time of the last change of each value among these events, newest first. */
export function lastChanges(events: readonly FoldedEvents[]): ReadonlyMap<string, Date> {
  const changes = events
    .filter(({ event }) => event.kind === 'attribute.changed')
    .flatMap(({ values }) => values);
  return new Map(changes.toReversed().map(({ attributeId, at }) => [attributeId, at]));
}
