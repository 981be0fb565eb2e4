import type { Accounts } from '../accounts/index.ts';
import type { Audit, RecordedEvent } from '../audit/index.ts';
import type { Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import type { Ledger, RecordedRelease } from '../ledger/index.ts';
import { readPages } from '../platform/read-pages.ts';
import type { ConsentReceipt, Receipts } from '../receipts/index.ts';
import type { Sessions } from '../sessions/index.ts';
import { decidingClaim, type Scopes } from '../scopes/index.ts';
import type { RecordEntry, Vault } from '../vault/index.ts';
import type {
  ExportFile,
  ExportRecord,
  ExportSection,
  ExportSubject,
  ExportWords,
} from './export-section.ts';
import { newestFirst } from './newest-first.ts';

interface SectionContext {
  readonly accounts: Pick<Accounts, 'find' | 'lastSignInAt'>;
  readonly scopes: Pick<Scopes, 'claims'>;
  readonly vault: Pick<Vault, 'listAttributes' | 'avatars' | 'records'>;
  readonly sessions: Pick<Sessions, 'list'>;
  readonly clients: Pick<Clients, 'find' | 'listOwnedBy'>;
  readonly consents: Pick<Consents, 'list' | 'history'>;
  readonly receipts: Pick<Receipts, 'exportAll'>;
  readonly ledger: Pick<Ledger, 'list'>;
  readonly audit: Pick<Audit, 'list'>;
  readonly words: ExportWords;
}

type Records = AsyncGenerator<ExportRecord>;

/**
 * All data that the server stores about a person, in the order of the export. A new kind of data gets an entry here and a
 * function that reads its records.
 */
export function personalSections(ctx: SectionContext): readonly ExportSection[] {
  const section = (
    name: string,
    read: (context: SectionContext, subject: ExportSubject) => Records,
    fields: readonly string[],
  ): ExportSection => ({ name, fields, read: (subject) => read(ctx, subject) });
  const times = ['createdAt', 'updatedAt'];
  const account = ['id', 'status', 'locale', 'createdAt', 'lastSignInAt', 'isAdministrator'];
  const attributes = ['value', 'label', 'isVerified', 'verifiedAt', 'isDefault', ...times];
  return [
    section('account', readAccount, account),
    section('attributes', readAttributes, attributes),
    {
      ...section('pictures', readPictures, ['file', 'label', 'createdAt']),
      files: (subject) => pictureFiles(ctx, subject),
    },
    section('records', readRecords, ['namespace', 'value', 'changedBy', ...times]),
    section('consents', readConsents, ['clientId', 'items', 'scopes', ...times]),
    section('decisions', readDecisions, ['kind', 'occurredAt', 'details']),
    section('receipts', readReceipts, ['jws']),
    section('releases', readReleases, ['releasedAt', 'claims', 'channel', 'ip']),
    section('sessions', readSessions, ['createdAt', 'authenticatedAt', 'lastSeenAt', 'ip']),
    section('events', readEvents, ['occurredAt', 'ip', 'userAgent']),
    section('apps', readOwnApps, ['id', 'contact', 'redirectUris', 'createdAt']),
  ];
}

async function* readAccount(ctx: SectionContext, { accountId, locale }: ExportSubject): Records {
  const account = await ctx.accounts.find(accountId);
  if (account === null) return;
  const { id, status, isAdministrator, createdAt } = account;
  const lastSignInAt = await ctx.accounts.lastSignInAt(accountId);
  yield {
    heading: ctx.words.translate(locale, 'exports:section.account.title'),
    data: { id, status, locale: account.locale, isAdministrator, createdAt, lastSignInAt },
  };
}

async function* readAttributes(
  { vault, scopes }: SectionContext,
  { accountId, locale }: ExportSubject,
): Records {
  const claims = await scopes.claims();
  for (const attribute of await vault.listAttributes(accountId)) {
    const heading = claims.titleOf(attribute.claim, locale);
    yield { heading, data: { ...attribute } };
  }
}

const LARGEST_PICTURE = 512;

async function* readPictures(
  { vault, words }: SectionContext,
  { accountId, locale }: ExportSubject,
): Records {
  for (const { id, label, isDefault, createdAt } of await vault.avatars.list(accountId)) {
    yield {
      heading: words.translate(locale, 'exports:picture'),
      data: { id, file: `pictures/${id}.webp`, label, isDefault, createdAt },
    };
  }
}

async function* pictureFiles(
  { vault }: SectionContext,
  { accountId }: ExportSubject,
): AsyncGenerator<ExportFile> {
  for (const { id } of await vault.avatars.list(accountId)) {
    yield {
      name: `${id}.webp`,
      read: async function* read() {
        const picture = { accountId, avatarId: id, size: LARGEST_PICTURE } as const;
        yield (await vault.avatars.read(picture)) ?? Buffer.alloc(0);
      },
    };
  }
}

const ROWS = 200;

async function* readRecords({ vault }: SectionContext, { accountId }: ExportSubject): Records {
  for (const { namespace } of await vault.records.count(accountId)) {
    const pages = readPages<RecordEntry>(ROWS, (last, limit) =>
      vault.records.list({ accountId, namespace, after: last?.id, limit }),
    );
    for await (const page of pages) {
      for (const entry of page) yield { heading: entry.key, data: { ...entry } };
    }
  }
}

async function* readConsents(ctx: SectionContext, { accountId }: ExportSubject): Records {
  for (const consent of await ctx.consents.list(accountId)) {
    yield { heading: await appName(ctx, consent.clientId), data: { ...consent } };
  }
}

async function* readDecisions(ctx: SectionContext, { accountId, locale }: ExportSubject): Records {
  for await (const event of newestFirst((page) => ctx.consents.history({ accountId, ...page }))) {
    const app = await appName(ctx, event.clientId);
    const heading = ctx.words.translate(locale, `connected-apps:event.${event.kind}`, { app });
    yield { heading, data: { ...event } };
  }
}

async function* readReceipts(
  { receipts, words }: SectionContext,
  { accountId, locale }: ExportSubject,
): Records {
  for await (const line of receipts.exportAll(accountId)) {
    const { receipt, jws } = JSON.parse(line) as { receipt: ConsentReceipt; jws: string };
    const key = `receipts:receipts.state.${receipt.event.event_state}`;
    const heading = words.translate(locale, key, { app: receipt.pii_processing.service });
    yield { heading, data: { ...receipt, jws } };
  }
}

async function* readReleases(ctx: SectionContext, subject: ExportSubject): Records {
  const { accountId } = subject;
  const claims = await ctx.scopes.claims();
  const pages = readPages<RecordedRelease>(ROWS, (before, limit) =>
    ctx.ledger.list({ accountId, before, limit }),
  );
  for await (const page of pages) {
    for (const release of page) {
      const named = new Set(release.claims.flatMap((claim) => decidingClaim(claim) ?? []));
      const titles = [...named].map((claim) => claims.titleOf(claim, subject.locale));
      yield {
        heading: await appName(ctx, release.clientId),
        data: { ...release },
        shown: { claims: titles },
      };
    }
  }
}

async function* readSessions({ sessions }: SectionContext, { accountId }: ExportSubject): Records {
  for (const session of await sessions.list(accountId)) {
    yield { heading: session.userAgent, data: { ...session } };
  }
}

async function* readEvents(ctx: SectionContext, { accountId, locale }: ExportSubject): Records {
  const claims = await ctx.scopes.claims();
  for await (const event of newestFirst((page) => ctx.audit.list(accountId, page))) {
    // The decisions about apps have a section of their own.
    const isRepeated = event.kind.startsWith('consent.') && event.kind !== 'consent.denied';
    const { claim } = event.details as { readonly claim?: unknown };
    const title = typeof claim === 'string' ? claims.titleOf(claim, locale) : '';
    const app = event.clientId === null ? '' : await appName(ctx, event.clientId);
    const keys = [`audit:kind.${event.kind}`, 'audit:kind.other'];
    const heading = ctx.words.translate(locale, keys, { title, app });
    yield { heading, data: withoutOthers(event, accountId), isRepeated };
  }
}

/** Removes the identity and address of another person who acted on the account. */
function withoutOthers(event: RecordedEvent, accountId: string): Readonly<Record<string, unknown>> {
  const { actorId, ip, userAgent, ...data } = event;
  return actorId === null || actorId === accountId ? { ...data, ip, userAgent } : data;
}

async function* readOwnApps({ clients }: SectionContext, { accountId }: ExportSubject): Records {
  for (const client of await clients.listOwnedBy(accountId)) {
    // Without the fingerprints of secrets: the person may store the file for years.
    const { secretFingerprints: _secrets, ...data } = client;
    yield { heading: client.name, data };
  }
}

async function appName({ clients }: SectionContext, clientId: string): Promise<string> {
  return (await clients.find(clientId))?.name ?? clientId;
}
