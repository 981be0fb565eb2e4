import { durationEnd } from './duration-words.ts';
import { displayName, valueLines, type Attribute } from '../../vault/index.ts';
import { allowedScopes, type ConsentItem, isPaused, sharedClaims } from '../../consents/index.ts';
import { type ClaimCatalogue, inProfileOrder } from '../../scopes/index.ts';
import { textIn } from '../../platform/languages.ts';
import type { ExportSubject } from '../export-section.ts';
import { nameOf, pictureFile, recordsOf } from '../export-sections.ts';
import { deviceWords } from './describe-history.ts';
import { type ReadableContext, wordsFor } from './readable-context.ts';
import type { ReadableEntry, ReadablePart } from './readable-entry.ts';
import { readReadableHistory } from './readable-history.ts';

type Entries = AsyncGenerator<ReadableEntry>;

/** The parts of the readable page, in their order. Receipts are signed texts for programs, so only `data.json` has them. */
export function readableParts(ctx: ReadableContext): readonly ReadablePart[] {
  const part = (
    name: string,
    read: (context: ReadableContext, subject: ExportSubject) => Entries,
  ): ReadablePart => ({ name, read: (subject) => read(ctx, subject) });
  return [
    part('account', readAccount),
    part('profile', readProfile),
    part('pictures', readPictures),
    part('apps', readConnectedApps),
    part('history', readReadableHistory),
    part('devices', readDevices),
    part('records', readRecords),
    part('ownApps', readOwnApps),
  ];
}

async function* readAccount(ctx: ReadableContext, subject: ExportSubject): Entries {
  const { accountId } = subject;
  const { say, formats } = wordsFor(ctx, subject);
  const [account, lastSignInAt, attributes] = await Promise.all([
    ctx.accounts.find(accountId),
    ctx.accounts.lastSignInAt(accountId),
    ctx.vault.listAttributes(accountId),
  ]);
  if (account === null) return;
  yield {
    title: displayName(attributes),
    notes: [
      say('exports:line.since', { date: formats.date(account.createdAt) }),
      ...(lastSignInAt === null
        ? []
        : [say('exports:line.lastSignIn', { date: formats.dateTime(lastSignInAt) })]),
      ...(account.isAdministrator ? [say('exports:line.administrator')] : []),
    ],
  };
}

async function* readProfile(ctx: ReadableContext, subject: ExportSubject): Entries {
  const { say, formats } = wordsFor(ctx, subject);
  const claims = await ctx.scopes.claims();
  const attributes = await ctx.vault.listAttributes(subject.accountId);
  const counts = Map.groupBy(attributes, ({ claim }) => claim);
  for (const attribute of inProfileOrder(attributes)) {
    const { claim, value, label, verifiedAt, createdAt, isDefault } = attribute;
    const definition = claims.find(claim);
    // Pictures are a part of their own.
    if (definition?.kind === 'picture') continue;
    const hasSiblings = (counts.get(claim)?.length ?? 0) > 1;
    yield {
      title: claims.titleOf(claim, subject.locale),
      values: valueLines(value, definition, subject.locale),
      notes: [
        ...(label === null ? [] : [say('exports:line.label', { label })]),
        ...(isDefault && hasSiblings ? [say('exports:line.default')] : []),
        ...(verifiedAt === null
          ? []
          : [say('exports:line.confirmed', { date: formats.date(verifiedAt) })]),
        ...(verifiedAt === null && definition?.isVerifiable === true
          ? [say('exports:line.unconfirmed')]
          : []),
        say('exports:line.added', { date: formats.date(createdAt) }),
      ],
    };
  }
}

async function* readPictures(ctx: ReadableContext, subject: ExportSubject): Entries {
  const { say, formats } = wordsFor(ctx, subject);
  for (const picture of await ctx.vault.avatars.list(subject.accountId)) {
    const { id, label, createdAt } = picture;
    yield {
      title: label ?? say('exports:picture'),
      notes: [
        say('exports:line.file', { file: pictureFile(id) }),
        say('exports:line.added', { date: formats.date(createdAt) }),
      ],
    };
  }
}

async function* readConnectedApps(ctx: ReadableContext, subject: ExportSubject): Entries {
  const words = wordsFor(ctx, subject);
  const { say, formats } = words;
  const [consents, attributes, catalogue] = await Promise.all([
    ctx.consents.list(subject.accountId),
    ctx.vault.listAttributes(subject.accountId),
    ctx.scopes.catalogue(),
  ]);
  const now = ctx.clock.now();
  for (const consent of consents) {
    const client = await ctx.clients.find(consent.clientId);
    const shared = inProfileOrder(sharedClaims({ consent, catalogue, client, now }));
    const permissions = allowedScopes({ consent, client, catalogue })
      .map(({ scope }) => catalogue.byName.get(scope))
      .flatMap((scope) => (scope?.kind === 'api' ? textIn(scope.title, subject.locale) : []));
    yield {
      title: await nameOf(ctx, consent.clientId),
      values: shared.map((item) => {
        const attribute = attributes.find(({ id }) => id === item.attributeId);
        const value = sharedValue(attribute, { item, claims: catalogue.claims, subject });
        return `${value} (${durationEnd(words, item)})`;
      }),
      notes: [
        ...(shared.length === 0 ? [say('exports:line.nothingShared')] : []),
        ...(permissions.length === 0
          ? []
          : [say('exports:line.permissions', { titles: permissions.join(', ') })]),
        ...(isPaused(consent) ? [say('exports:line.paused')] : []),
        say('exports:line.connected', { date: formats.date(consent.createdAt) }),
      ],
    };
  }
}

interface SharedItem {
  readonly item: Pick<ConsentItem, 'claim'>;
  readonly claims: ClaimCatalogue;
  readonly subject: ExportSubject;
}

function sharedValue(
  attribute: Attribute | undefined,
  { item: { claim }, claims, subject: { locale } }: SharedItem,
): string {
  const title = claims.titleOf(claim, locale);
  const lines =
    attribute === undefined ? [] : valueLines(attribute.value, claims.find(claim), locale);
  return lines.length === 0 ? title : `${title}: ${lines.join(', ')}`;
}

async function* readDevices(ctx: ReadableContext, subject: ExportSubject): Entries {
  const { say, formats } = wordsFor(ctx, subject);
  for (const session of await ctx.sessions.list(subject.accountId)) {
    const { userAgent, authenticatedAt, lastSeenAt, ip } = session;
    yield {
      title: deviceWords(userAgent)[0] ?? say('exports:line.unknownDevice'),
      notes: [
        say('exports:line.signedIn', { date: formats.dateTime(authenticatedAt) }),
        say('exports:line.lastSeen', { date: formats.dateTime(lastSeenAt) }),
        ...(ip === '' ? [] : [say('activity:history.address', { ip })]),
      ],
    };
  }
}

async function* readRecords(ctx: ReadableContext, subject: ExportSubject): Entries {
  const { say, formats } = wordsFor(ctx, subject);
  for await (const entry of recordsOf(ctx, subject.accountId)) {
    const { key, value, namespace, changedBy, updatedAt } = entry;
    const date = formats.dateTime(updatedAt);
    yield {
      title: key,
      values: [typeof value === 'string' ? value : JSON.stringify(value)],
      notes: [
        say('exports:line.area', { namespace }),
        changedBy === null
          ? say('exports:line.changed', { date })
          : say('exports:line.changedBy', { date, app: await nameOf(ctx, changedBy) }),
      ],
    };
  }
}

async function* readOwnApps(ctx: ReadableContext, subject: ExportSubject): Entries {
  const { say, formats } = wordsFor(ctx, subject);
  for (const client of await ctx.clients.listOwnedBy(subject.accountId)) {
    const { name, contact, redirectUris, createdAt } = client;
    yield {
      title: name,
      notes: [
        ...redirectUris,
        ...(contact === null ? [] : [contact]),
        say('exports:line.registered', { date: formats.date(createdAt) }),
      ],
    };
  }
}
