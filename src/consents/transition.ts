import type { Client } from '../clients/index.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import { choseToShare, type ConsentText } from '../receipts/index.ts';
import type { Catalogue } from '../scopes/index.ts';
import { applyChange, detailsOf, type ConsentChange } from './consent-change.ts';
import { AppError } from '../platform/app-error.ts';
import { createConsentStore } from './consent-store.ts';
import type { Consent, ConsentEvent, ConsentKey } from './consent.ts';
import type { ConsentsContext } from './context.ts';

/** One step in the life of a consent. */
export interface Transition {
  /** As it was read; a new one has version 0. */
  readonly consent: Consent;
  readonly change: ConsentChange;
  readonly event: {
    readonly kind: ConsentEvent['kind'];
    /** The language of the page; null without a page. */
    readonly locale: string | null;
    /** The text that the person read before; left out when there was no page. */
    readonly text?: ConsentText | null | undefined;
    /** Details beside those of the change. */
    readonly details?: ConsentEvent['details'];
    /** Details of the audit event; default: the number of the decisions. */
    readonly audit?: Readonly<Record<string, unknown>>;
  };
  /** The app, null when it is gone, and the catalogue. Read both before a transaction begins: they may need a connection. */
  readonly client: Client | null;
  readonly catalogue: Catalogue;
  /** The step is written only where `condition` holds, and then with `record`, a member of its `with` clause. */
  readonly once?: { readonly condition: SqlStatement; readonly record: SqlStatement };
  /** Default: a new one of {@link announce}. */
  readonly announcement?: ConsentAnnouncement;
}

/**
 * Writes one step in one statement: the row with its decisions, guarded by its version; the event with its receipt; the audit event;
 * and the notification of all nodes. Everything is written or nothing.
 * @returns the consent after the step; null when another change came first, a condition does not hold, or a step that gives access was
 * meant for a deleted app: then nothing was written.
 */
export async function transition(
  ctx: Pick<ConsentsContext, 'clock' | 'feed' | 'audit' | 'receipts'>,
  tx: Database,
  { consent, change, event, client, catalogue, once, announcement }: Transition,
): Promise<Consent | null> {
  const occurredAt = ctx.clock.now();
  const after = applyChange(consent, change, occurredAt);
  const { accountId, clientId, version } = after;
  const { kind, locale, text = null } = event;
  const details = { version, ...detailsOf(change), ...event.details };
  const changed = sql`changed`;
  const { claims } = catalogue;
  const records = [
    ctx.receipts.recordEvent(
      { consent: after, client, claims, kind, details, locale, text, occurredAt },
      changed,
    ),
    sql`audited as (${ctx.audit.insertion(
      {
        kind: `consent.${kind}`,
        accountId,
        clientId,
        details: event.audit ?? { version, ...countsOf(change) },
      },
      changed,
    )})`,
    ...(once === undefined ? [] : [once.record]),
  ];
  const { call: notification, deliver } = announcement ?? announce(ctx, after);
  const needsApp = GIVING.has(kind);
  const condition = once?.condition ?? null;
  const step = { before: consent, after, change, needsApp, condition, records, notification };
  // A transaction, because its outcome can be queried when its answer is lost. It is sent in one write.
  const written = await tx.transaction((own) => {
    own.afterPossibleCommit(deliver);
    return createConsentStore(own).write(step);
  });
  return written.length === 1 ? after : null;
}

/** The announcement of a change of this consent. */
export function announce(
  { feed }: Pick<ConsentsContext, 'feed'>,
  { accountId, clientId }: ConsentKey,
): ConsentAnnouncement {
  return feed.announcement('consent', `${accountId}:${clientId}`);
}

type ConsentAnnouncement = ReturnType<ConsentsContext['feed']['announcement']>;

/** Steps after which an app may have more access than before. */
const GIVING: ReadonlySet<ConsentEvent['kind']> = new Set([
  'allowed',
  'kept',
  'changed',
  'resumed',
]);

function countsOf({ items = [] }: ConsentChange) {
  const shared = items.filter(choseToShare).length;
  return { shared, answered: items.length };
}

const FREE_ATTEMPTS = 2;
const MOST_ATTEMPTS = 10;

/**
 * Repeats reading, planning and {@link transition} until no other change comes in between. `attempt` returns null when one did.
 * The first attempts take no lock; the later ones hold the consent, so that many changes at once all succeed.
 * @throws AppError `consent_not_found` for an app that was deleted.
 */
export async function untilWritten(
  { db }: Pick<ConsentsContext, 'db'>,
  key: ConsentKey,
  attempt: (db: Database) => Promise<Consent | null>,
): Promise<Consent> {
  for (let count = 1; count <= MOST_ATTEMPTS; count += 1) {
    const after =
      count <= FREE_ATTEMPTS
        ? await attempt(db)
        : await db.transaction(async (tx) => {
            await createConsentStore(tx).lockActive(key);
            return attempt(tx);
          });
    if (after !== null) return after;
    if (await createConsentStore(db).isAppDeleted(key.clientId)) {
      throw new AppError('not_found', 'consent_not_found');
    }
  }
  throw new Error(`other changes of a consent came first ${String(MOST_ATTEMPTS)} times`);
}
