import type {
  createTouchedValueFinder,
  createValueFinder,
  FoldedEvents,
} from '../../activity/index.ts';
import { consentEventWording } from '../../connected-apps/index.ts';
import type { ConsentEvent } from '../../consents/index.ts';
import type { RecordedRelease } from '../../ledger/index.ts';
import { choseToShare } from '../../receipts/index.ts';
import { inProfileOrder, type ClaimCatalogue } from '../../scopes/index.ts';
import { describeDevice } from '../../sessions/index.ts';
import { type Attribute, valueLines } from '../../vault/index.ts';
import type { ExportSubject } from '../export-section.ts';
import { withoutOthers } from '../export-sections.ts';
import { claimsInSentence, type Words } from './readable-context.ts';
import type { ReadableEntry } from './readable-entry.ts';

/** Translations, values and names with which the history is put into words. */
export interface Describer extends Words {
  readonly subject: ExportSubject;
  readonly claims: ClaimCatalogue;
  readonly valueOf: ReturnType<typeof createValueFinder>;
  /** The time of the last change of each value, of the part of the history that has been read. */
  readonly changes: Map<string, Date>;
  readonly touchedValueOf: ReturnType<typeof createTouchedValueFinder>;
  readonly nameOf: (clientId: string) => Promise<string>;
}

/** Equal reads of one day. */
export interface ReadsOfDay {
  readonly clientId: string;
  readonly channel: RecordedRelease['channel'];
  readonly claims: readonly string[];
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** The network address of a single read. */
  readonly ip: string | null;
}

type Described = ReadableEntry & { readonly at: Date };

/** Equal reads of an app: who read what, which values, in which way, and how often. */
export async function describeReads(describer: Describer, reads: ReadsOfDay): Promise<Described> {
  const { say, formats, claims, subject } = describer;
  const { clientId, count, firstAt, lastAt, ip, channel } = reads;
  const found = reads.claims.map((claim) => describer.valueOf({ clientId, claim, at: lastAt }));
  const seen = reads.claims.map((claim) => {
    const title = claims.titleOf(claim, subject.locale);
    return say([`connected-apps:seen.${claim}`, 'connected-apps:seen.other'], { title });
  });
  const times = { count, from: formats.time(firstAt), to: formats.time(lastAt) };
  return {
    at: lastAt,
    title: say('activity:history.reads', {
      app: await describer.nameOf(clientId),
      values: formats.list(seen),
    }),
    values: found.flatMap((value) =>
      value === null || value === 'deleted' ? [] : textOf(describer, value),
    ),
    notes: [
      ...(found.includes('deleted') ? [say('exports:line.deleted')] : []),
      say(`activity:channel.${channel}`),
      ...(count > 1 ? [say('activity:times', times)] : []),
      ...(count === 1 && ip !== null ? [say('activity:history.address', { ip })] : []),
    ],
  };
}

/** A decision about an app: the shared values, and the titles of those that were not shared. */
export async function describeDecision(
  describer: Describer,
  event: ConsentEvent,
): Promise<Described> {
  const { say, claims, subject } = describer;
  const { occurredAt: at, details, clientId } = event;
  const items = inProfileOrder(details.items ?? []);
  const refused = items.filter((item) => !choseToShare(item)).map(({ claim }) => claim);
  const dropped = details.dropped?.claims ?? [];
  const note = (key: string, names: readonly string[]) => {
    const titles = claimsInSentence(names, claims, subject.locale);
    return names.length === 0 ? [] : [say(`connected-apps:event.${key}`, { titles })];
  };
  return {
    at,
    title: say(`connected-apps:event.${consentEventWording(event)}`, {
      app: await describer.nameOf(clientId),
    }),
    values: items.filter(choseToShare).flatMap(({ claim, attributeId }) => {
      if (attributeId === null) return [];
      const value = describer.touchedValueOf({ claim, attributeId, at });
      const title = claims.titleOf(claim, subject.locale);
      return value === null ? title : `${title}: ${textOf(describer, value)}`;
    }),
    notes: [
      ...note('notShared', refused),
      ...note(event.kind === 'handed_back' ? 'handedBack' : 'dropped', dropped),
    ],
  };
}

/** What happened in the account in one request, the values that it was about, and from where. */
export async function describeEvents(
  describer: Describer,
  folded: FoldedEvents,
): Promise<Described> {
  const { say, claims, subject } = describer;
  const { kind, clientId } = folded.event;
  const { ip = null, userAgent = null } = withoutOthers(folded.event, subject.accountId);
  return {
    at: folded.at,
    title: say([`audit:kind.${kind}`, 'audit:kind.other'], {
      app: clientId === null ? '' : await describer.nameOf(clientId),
      title: claimsInSentence(folded.claims, claims, subject.locale),
    }),
    values: folded.values.flatMap((touched) => {
      const value = describer.touchedValueOf(touched);
      return value === null ? [] : textOf(describer, value);
    }),
    notes: [
      ...(ip === null ? [] : [say('activity:history.address', { ip })]),
      ...(userAgent !== null && kind.startsWith('sign_in.') ? deviceWords(userAgent) : []),
    ],
  };
}

function textOf({ claims, subject }: Describer, { claim, value }: Attribute): string {
  return valueLines(value, claims.find(claim), subject.locale).join(', ');
}

/** Browser and system of a person; nothing for unknown ones. */
export function deviceWords(userAgent: string): string[] {
  const { browser, system } = describeDevice(userAgent);
  const names = [browser, system].filter((name) => name !== null);
  return names.length === 0 ? [] : [names.join(', ')];
}
