import type { Accounts } from '../accounts/index.ts';
import type { Audit, RecordedEvent } from '../audit/index.ts';
import type { Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import type { Ledger, ReleaseCursor } from '../ledger/index.ts';
import type { ConsentReceipt, Receipts } from '../receipts/index.ts';
import type { Sessions } from '../sessions/index.ts';
import type { Vault } from '../vault/index.ts';
import { newestFirst } from './newest-first.ts';
import type { ExportSection, ExportWords } from './export-section.ts';

export interface SectionDeps {
  readonly accounts: Pick<Accounts, 'find' | 'lastSignInAt'>;
  readonly vault: Pick<Vault, 'listAttributes' | 'claims' | 'avatars' | 'records'>;
  readonly sessions: Pick<Sessions, 'list'>;
  readonly clients: Pick<Clients, 'find' | 'listOwnedBy'>;
  readonly consents: Pick<Consents, 'list' | 'history'>;
  readonly ledger: Pick<Ledger, 'list'>;
  readonly audit: Pick<Audit, 'list'>;
  readonly words: ExportWords;
  readonly receipts: Pick<Receipts, 'exportAll'>;
}

const ROWS = 200;

/** All data that the server stores about a person, in the order of the export. A new slice adds its section here. */
export function personalSections(deps: SectionDeps): readonly ExportSection[] {
  return [
    accountSection(deps),
    attributesSection(deps),
    picturesSection(deps),
    recordsSection(deps),
    consentsSection(deps),
    decisionsSection(deps),
    receiptsSection(deps),
    releasesSection(deps),
    sessionsSection(deps),
    eventsSection(deps),
    appsSection(deps),
  ];
}

function accountSection({ accounts, words }: SectionDeps): ExportSection {
  return {
    name: 'account',
    fields: ['id', 'status', 'locale', 'createdAt', 'lastSignInAt', 'isAdministrator'],
    async *read({ accountId, locale }) {
      const account = await accounts.find(accountId);
      if (account === null) return;
      const { id, status, isAdministrator, createdAt } = account;
      const lastSignInAt = await accounts.lastSignInAt(accountId);
      yield {
        heading: words.translate(locale, 'exports:section.account.title'),
        data: { id, status, locale: account.locale, isAdministrator, createdAt, lastSignInAt },
      };
    },
  };
}

function attributesSection({ vault }: SectionDeps): ExportSection {
  return {
    name: 'attributes',
    fields: ['value', 'label', 'isVerified', 'verifiedAt', 'isDefault', 'createdAt', 'updatedAt'],
    async *read({ accountId, locale }) {
      const claims = await vault.claims();
      for (const attribute of await vault.listAttributes(accountId)) {
        yield {
          heading: claims.find(attribute.claim)?.title[locale] ?? attribute.claim,
          data: { ...attribute },
        };
      }
    },
  };
}

const LARGEST_PICTURE = 512;

function picturesSection({ vault, words }: SectionDeps): ExportSection {
  const nameOf = (id: string) => `${id}.webp`;
  return {
    name: 'pictures',
    fields: ['file', 'label', 'createdAt'],
    async *read({ accountId, locale }) {
      for (const { id, label, isDefault, createdAt } of await vault.avatars.list(accountId)) {
        yield {
          heading: words.translate(locale, 'exports:picture'),
          data: { id, file: `pictures/${nameOf(id)}`, label, isDefault, createdAt },
        };
      }
    },
    async *files({ accountId }) {
      for (const { id } of await vault.avatars.list(accountId)) {
        yield {
          name: nameOf(id),
          read: async function* read() {
            const picture = { accountId, avatarId: id, size: LARGEST_PICTURE } as const;
            yield (await vault.avatars.read(picture)) ?? Buffer.alloc(0);
          },
        };
      }
    },
  };
}

function recordsSection(deps: SectionDeps): ExportSection {
  const { records } = deps.vault;
  return {
    name: 'records',
    fields: ['namespace', 'value', 'changedBy', 'createdAt', 'updatedAt'],
    async *read({ accountId }) {
      for (const { namespace } of await records.count(accountId)) {
        let after: string | undefined;
        for (;;) {
          const entries = await records.list({ accountId, namespace, after, limit: ROWS });
          for (const entry of entries) yield { heading: entry.key, data: { ...entry } };
          after = entries.at(-1)?.id;
          if (entries.length < ROWS) break;
        }
      }
    },
  };
}

function consentsSection(deps: SectionDeps): ExportSection {
  return {
    name: 'consents',
    fields: ['clientId', 'items', 'scopes', 'createdAt', 'updatedAt'],
    async *read({ accountId }) {
      for (const consent of await deps.consents.list(accountId)) {
        yield { heading: await appName(deps, consent.clientId), data: { ...consent } };
      }
    },
  };
}

function decisionsSection(deps: SectionDeps): ExportSection {
  return {
    name: 'decisions',
    fields: ['kind', 'occurredAt', 'details'],
    async *read({ accountId }) {
      const events = newestFirst((page) => deps.consents.history({ accountId, ...page }));
      for await (const event of events) {
        yield { heading: await appName(deps, event.clientId), data: { ...event } };
      }
    },
  };
}

function receiptsSection({ receipts, words }: SectionDeps): ExportSection {
  return {
    name: 'receipts',
    fields: ['jws'],
    async *read({ accountId, locale }) {
      for await (const line of receipts.exportAll(accountId)) {
        const { receipt, jws } = JSON.parse(line) as { receipt: ConsentReceipt; jws: string };
        const id = receipt.receipt_id;
        yield {
          heading: words.translate(locale, 'exports:receipt', { id }),
          data: { ...receipt, jws },
        };
      }
    },
  };
}

function releasesSection(deps: SectionDeps): ExportSection {
  return {
    name: 'releases',
    fields: ['releasedAt', 'claims', 'channel', 'ip'],
    async *read({ accountId }) {
      let before: ReleaseCursor | undefined;
      for (;;) {
        const releases = await deps.ledger.list({ accountId, before, limit: ROWS });
        for (const release of releases) {
          yield { heading: await appName(deps, release.clientId), data: { ...release } };
        }
        before = releases.at(-1);
        if (releases.length < ROWS) return;
      }
    },
  };
}

function sessionsSection({ sessions }: SectionDeps): ExportSection {
  return {
    name: 'sessions',
    fields: ['createdAt', 'authenticatedAt', 'lastSeenAt', 'ip'],
    async *read({ accountId }) {
      for (const session of await sessions.list(accountId)) {
        yield { heading: session.userAgent, data: { ...session } };
      }
    },
  };
}

function eventsSection(deps: SectionDeps): ExportSection {
  return {
    name: 'events',
    fields: ['occurredAt', 'ip', 'userAgent'],
    async *read({ accountId, locale }) {
      const claims = await deps.vault.claims();
      for await (const event of newestFirst((page) => deps.audit.list(accountId, page))) {
        const { claim } = event.details as { readonly claim?: unknown };
        const title = typeof claim === 'string' ? (claims.find(claim)?.title[locale] ?? claim) : '';
        const app = event.clientId === null ? '' : await appName(deps, event.clientId);
        const keys = [`audit:kind.${event.kind}`, 'audit:kind.other'];
        const data = withoutOthers(event, accountId);
        yield { heading: deps.words.translate(locale, keys, { title, app }), data };
      }
    },
  };
}

/** Removes the identity and address of another person who acted on the account. */
function withoutOthers(event: RecordedEvent, accountId: string): Readonly<Record<string, unknown>> {
  const { actorId, ip, userAgent, ...data } = event;
  return actorId === null || actorId === accountId ? { ...data, ip, userAgent } : data;
}

function appsSection({ clients }: SectionDeps): ExportSection {
  return {
    name: 'apps',
    fields: ['id', 'contact', 'redirectUris', 'createdAt'],
    async *read({ accountId }) {
      for (const client of await clients.listOwnedBy(accountId)) {
        // Without the fingerprints of secrets: the person may store the file for years.
        const { secretFingerprints: _secrets, ...data } = client;
        yield { heading: client.name, data };
      }
    },
  };
}

async function appName({ clients }: SectionDeps, clientId: string): Promise<string> {
  return (await clients.find(clientId))?.name ?? clientId;
}
