import fs from 'node:fs';
import path from 'node:path';

import type { ClaimRequestInput, Client, Clients, Manager } from '../src/clients/index.ts';

/** The demo app as it is registered. */
export interface BookshopAccess {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface BookshopInput {
  /** Owns a Bookshop that has to be registered. Null: none can be. */
  readonly ownerAccountId: string | null;
  /** The address of the demo app, without a slash at the end. */
  readonly url: string;
  /** File that keeps the secret between starts; the database has only its fingerprint. */
  readonly secretFile: string;
}

const SCOPES = ['openid', 'profile', 'email', 'phone', 'offline_access'];

const REQUESTS: readonly ClaimRequestInput[] = [
  request('name', 'essential', {
    en: 'To greet you and print it on your orders',
    ru: 'Чтобы обращаться к вам и указывать имя в заказах',
  }),
  request('email', 'voluntary', {
    en: 'Order confirmations',
    ru: 'Подтверждения заказов',
  }),
  request('birthdate', 'voluntary', {
    en: 'A present on your birthday',
    ru: 'Подарок ко дню рождения',
  }),
  request('phone_number', 'voluntary', {
    en: 'The courier calls before delivery',
    ru: 'Курьер звонит перед доставкой',
  }),
];

/** Registers the demo app, or brings its address up to date. Null when there is none and no account to own it. */
export async function ensureBookshop(
  clients: Clients,
  input: BookshopInput,
): Promise<BookshopAccess | null> {
  const { clientId, found } = await findPlace(clients);
  const accountId = input.ownerAccountId ?? found?.ownerAccountId ?? null;
  if (accountId === null) return null;
  if (found === null)
    return createBookshop(clients, clientId, { ...input, ownerAccountId: accountId });
  const manager: Manager = { accountId, isAdministrator: true };
  await moveTo(clients, found, { manager, url: input.url });
  const kept = readSecret(input.secretFile);
  const isGood = kept !== null && (await clients.verifySecret(clientId, kept));
  if (isGood || found.status !== 'active') return { clientId, clientSecret: kept ?? '' };
  // Another folder or another database: the old secret is lost.
  const { secret } = await clients.rotateSecret({ clientId, manager, overlapSeconds: 0 });
  keepSecret(input.secretFile, secret);
  return { clientId, clientSecret: secret };
}

/** An id is never reused, so a deleted Bookshop gets a successor with another id. */
async function findPlace(clients: Clients): Promise<{ clientId: string; found: Client | null }> {
  for (let turn = 1; ; turn += 1) {
    const clientId = turn === 1 ? 'bookshop' : `bookshop-${String(turn)}`;
    const found = await clients.find(clientId);
    if (found?.status !== 'deleted') return { clientId, found };
  }
}

async function createBookshop(
  clients: Clients,
  clientId: string,
  input: BookshopInput & { readonly ownerAccountId: string },
): Promise<BookshopAccess> {
  const { secret } = await clients.createNamed({
    clientId,
    ownerAccountId: input.ownerAccountId,
    applicationType: 'web',
    name: 'Bookshop',
    contact: 'help@bookshop.example',
    redirectUris: [`${input.url}/callback`],
    postLogoutRedirectUris: [`${input.url}/`],
    scopes: SCOPES,
    requests: REQUESTS,
  });
  if (secret === null) throw new Error('the demo app was made without a secret');
  keepSecret(input.secretFile, secret.secret);
  return { clientId, clientSecret: secret.secret };
}

async function moveTo(
  clients: Clients,
  client: Client,
  { manager, url }: { manager: Manager; url: string },
): Promise<void> {
  const redirectUris = union(client.redirectUris, `${url}/callback`);
  const postLogoutRedirectUris = union(client.postLogoutRedirectUris, `${url}/`);
  const isThere =
    redirectUris.length === client.redirectUris.length &&
    postLogoutRedirectUris.length === client.postLogoutRedirectUris.length;
  if (isThere) return;
  await clients.change({
    clientId: client.id,
    manager,
    changes: { redirectUris, postLogoutRedirectUris },
  });
}

function union(known: readonly string[], added: string): string[] {
  return [...new Set([...known, added])];
}

function readSecret(file: string): string | null {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : null;
}

function keepSecret(file: string, secret: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, `${secret}\n`, { mode: 0o600 });
}

function request(
  claim: string,
  necessity: ClaimRequestInput['necessity'],
  purpose: ClaimRequestInput['purpose'],
): ClaimRequestInput {
  return { claim, necessity, purpose, longestDuration: 'until_withdrawn' };
}
