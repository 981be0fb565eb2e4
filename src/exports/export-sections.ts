import type { Accounts } from '../accounts/index.ts';
import type { Audit, RecordedEvent } from '../audit/index.ts';
import type { Authentication } from '../authentication/index.ts';
import type { Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import type { Ledger, RecordedRelease } from '../ledger/index.ts';
import { readPages } from '../platform/read-pages.ts';
import type { ConsentReceipt, Receipts } from '../receipts/index.ts';
import type { Sessions } from '../sessions/index.ts';
import type { RecordEntry, Vault } from '../vault/index.ts';
import type { ExportFile, ExportSection, ExportSubject } from './export-section.ts';
import { newestFirst } from './newest-first.ts';

/** The sources of a person's data. */
export interface SectionContext {
  readonly accounts: Pick<Accounts, 'find' | 'lastSignInAt'>;
  readonly vault: Pick<Vault, 'listAttributes' | 'avatars' | 'records'>;
  readonly authentication: Pick<Authentication, 'listPasskeys'>;
  readonly sessions: Pick<Sessions, 'list'>;
  readonly clients: Pick<Clients, 'find' | 'listOwnedBy'>;
  readonly consents: Pick<Consents, 'list' | 'history'>;
  readonly receipts: Pick<Receipts, 'exportAll'>;
  readonly ledger: Pick<Ledger, 'list'>;
  readonly audit: Pick<Audit, 'list'>;
}

type Records = AsyncGenerator<Readonly<Record<string, unknown>>>;

/**
 * All data that the server stores about a person, in the order of `data.json`. A new kind of data gets an entry here, a function that
 * reads its records, its schema in `export-format.ts`, and a place on the readable page.
 */
export function personalSections(ctx: SectionContext): readonly ExportSection[] {
  const section = (
    name: string,
    read: (context: SectionContext, subject: ExportSubject) => Records,
  ): ExportSection => ({ name, read: (subject) => read(ctx, subject) });
  return [
    section('account', readAccount),
    section('attributes', readAttributes),
    { ...section('pictures', readPictures), files: (subject) => pictureFiles(ctx, subject) },
    section('records', readRecords),
    section('consents', readConsents),
    section('decisions', readDecisions),
    section('receipts', readReceipts),
    section('releases', readReleases),
    section('passkeys', readPasskeys),
    section('sessions', readSessions),
    section('events', readEvents),
    section('apps', readOwnApps),
  ];
}

async function* readAccount(ctx: SectionContext, { accountId }: ExportSubject): Records {
  const account = await ctx.accounts.find(accountId);
  if (account === null) return;
  const { id, status, locale, isAdministrator, createdAt } = account;
  const lastSignInAt = await ctx.accounts.lastSignInAt(accountId);
  yield { id, status, locale, isAdministrator, createdAt, lastSignInAt };
}

async function* readAttributes({ vault }: SectionContext, { accountId }: ExportSubject): Records {
  for (const attribute of await vault.listAttributes(accountId)) yield { ...attribute };
}

const LARGEST_PICTURE = 512;

async function* readPictures({ vault }: SectionContext, { accountId }: ExportSubject): Records {
  for (const { id, label, isDefault, createdAt } of await vault.avatars.list(accountId)) {
    yield { id, file: pictureFile(id), label, isDefault, createdAt };
  }
}

/** The path of a picture in the archive. */
export function pictureFile(id: string): string {
  return `pictures/${id}.webp`;
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

async function* readPasskeys(
  { authentication }: SectionContext,
  { accountId }: ExportSubject,
): Records {
  for (const passkey of await authentication.listPasskeys({ accountId })) yield { ...passkey };
}

async function* readRecords(ctx: SectionContext, { accountId }: ExportSubject): Records {
  for await (const entry of recordsOf(ctx, accountId)) yield { ...entry };
}

/** All records that apps store with an account, page by page. */
export async function* recordsOf(
  { vault }: Pick<SectionContext, 'vault'>,
  accountId: string,
): AsyncGenerator<RecordEntry> {
  for (const { namespace } of await vault.records.count(accountId)) {
    const pages = readPages<RecordEntry>(ROWS, (last, limit) =>
      vault.records.list({ accountId, namespace, after: last?.id, limit }),
    );
    for await (const page of pages) yield* page;
  }
}

async function* readConsents(ctx: SectionContext, { accountId }: ExportSubject): Records {
  for (const consent of await ctx.consents.list(accountId)) {
    yield { ...consent, appName: await nameOf(ctx, consent.clientId) };
  }
}

async function* readDecisions(ctx: SectionContext, { accountId }: ExportSubject): Records {
  for await (const event of newestFirst((page) => ctx.consents.history({ accountId, ...page }))) {
    yield { ...event, appName: await nameOf(ctx, event.clientId) };
  }
}

async function* readReceipts({ receipts }: SectionContext, { accountId }: ExportSubject): Records {
  for await (const line of receipts.exportAll(accountId)) {
    const { receipt, jws } = JSON.parse(line) as { receipt: ConsentReceipt; jws: string };
    yield { ...receipt, jws };
  }
}

async function* readReleases(ctx: SectionContext, { accountId }: ExportSubject): Records {
  for await (const release of releasesOf(ctx, accountId)) {
    yield { ...release, appName: await nameOf(ctx, release.clientId) };
  }
}

/** All reads by apps, newest first, page by page. */
export async function* releasesOf(
  { ledger }: Pick<SectionContext, 'ledger'>,
  accountId: string,
): AsyncGenerator<RecordedRelease> {
  const pages = readPages<RecordedRelease>(ROWS, (before, limit) =>
    ledger.list({ accountId, before, limit }),
  );
  for await (const page of pages) yield* page;
}

async function* readSessions({ sessions }: SectionContext, { accountId }: ExportSubject): Records {
  for (const session of await sessions.list(accountId)) yield { ...session };
}

async function* readEvents(ctx: SectionContext, { accountId }: ExportSubject): Records {
  for await (const event of newestFirst((page) => ctx.audit.list(accountId, page))) {
    yield withoutOthers(event, accountId);
  }
}

type Origin = 'ip' | 'userAgent';

/** Removes the identity and address of another person who acted on the account. */
export function withoutOthers(
  event: RecordedEvent,
  accountId: string,
): Omit<RecordedEvent, 'actorId' | Origin> & Partial<Pick<RecordedEvent, Origin>> {
  const { actorId, ip, userAgent, ...data } = event;
  return actorId === null || actorId === accountId ? { ...data, ip, userAgent } : data;
}

async function* readOwnApps({ clients }: SectionContext, { accountId }: ExportSubject): Records {
  for (const client of await clients.listOwnedBy(accountId)) {
    // Without the fingerprints of secrets: the person may store the file for years.
    const { secretFingerprints: _secrets, ...data } = client;
    yield data;
  }
}

/** The name of an app; its id when it no longer exists. */
export async function nameOf(
  { clients }: Pick<SectionContext, 'clients'>,
  clientId: string,
): Promise<string> {
  return (await clients.find(clientId))?.name ?? clientId;
}
