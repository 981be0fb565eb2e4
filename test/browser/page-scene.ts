import * as oauth from 'openid-client';

import { waitFor } from '../support/wait-for.ts';
import { linkFor } from '../vault/mailed-code.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import { arriving, photo } from '../support/people/pictures.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people/people.ts';
import type { TestServer } from '../support/servers/server.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../support/people/third-party-app.ts';
import { failRequests, type ForeignLinks, linksOfAnotherBrowser } from './scene-requests.ts';

/** People and apps that fill every part of the pages. */
export interface Scene {
  readonly server: TestServer;
  /** Has many and long values. */
  readonly ana: TestPerson;
  /** Has only an e-mail address. */
  readonly newcomer: TestPerson;
  readonly administrator: TestPerson;
  readonly shop: ThirdPartyApp;
  readonly shopSecretId: string;
  /** An unconfirmed e-mail of Ana. */
  readonly unprovenEmailId: string;
  readonly unprovenPhoneId: string;
  /** The secret of the link mailed to that e-mail. */
  readonly emailLink: string;
  /** The links of a registration and of a sign-in that were started in another browser. */
  readonly foreignLinks: ForeignLinks;
  /** One of two pictures of Ana. */
  readonly pictureId: string;
  /** A record of an app about Ana. */
  readonly recordId: string;
  /** An app that requests every claim and has no consent. */
  readonly greedy: ThirdPartyApp;
}

const LONG_EMAIL = 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org';
/** An API with a permission of its own. */
export const LIBRARY = 'https://library.example/api';

/** Fills a server through the real use cases. */
export async function setScene(server: TestServer): Promise<Scene> {
  const { connected } = server;
  const ana = await createPerson(connected, {
    email: LONG_EMAIL,
    values: {
      email: ['ana@work.example', 'a@b.example'],
      name: ['Anastasia Konstantinopolskaya-Petrova', 'Ana Petrova'],
      nickname: ['Anya'],
      birthdate: ['1990-04-01'],
      phone_number: ['+12025550143', '+442079460018'],
      website: ['https://ana.example/a/rather/long/address/of/a/page/without/any/break-in-it'],
      address: [
        {
          street_address: '12 Harbour Lane\nBack house, third floor',
          locality: 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch',
          postal_code: '1100-148',
          country: 'Portugal',
        },
      ],
    },
  });
  const administrator = await createPerson(connected, { isAdministrator: true });
  const newcomer = await createPerson(connected);
  await definePermissions(server, administrator);
  await defineDetails(server, administrator);
  await connected.vault.addAttribute({
    accountId: ana.accountId,
    claim: 'favourite_shelf',
    value: 'novels',
  });
  const shop = await registerThirdPartyApp(server, ana.accountId, {
    contact: 'help@bookshop.example',
    policyUri: 'https://bookshop.example/privacy',
    requests: requests('name', 'email', 'birthdate', 'phone_number'),
  });
  const content = arriving(await photo('#2f6f4f'));
  const manager = { accountId: ana.accountId, isAdministrator: false };
  await connected.clients.setLogo({ clientId: shop.clientId, manager, content });
  const greedy = await registerThirdPartyApp(server, ana.accountId, {
    name: 'The Very Long Named Society of Readers and Their Friends',
    scopes: ['openid', 'profile', 'email', 'phone', 'address', 'offline_access', 'loans:read'],
    requests: requests(
      'name',
      'email',
      'birthdate',
      'phone_number',
      'address',
      'website',
      'picture',
    ),
  });
  const visitor = visitorAt(server.url);
  const choose = (claim: string) => ana.attributeIds[claim]?.[0] ?? '';
  const tokens = await connectApp({
    visitor,
    app: shop,
    person: ana,
    parameters: { scope: 'openid profile email phone offline_access', prompt: 'consent' },
    choices: {
      'claim.email': choose('email'),
      'claim.name': choose('name'),
      'duration.email': '1_year',
    },
  });
  for (let index = 0; index < 12; index += 1) {
    const app = await registerThirdPartyApp(server, ana.accountId, {
      name: `App number ${String(index)}`,
    });
    await connectApp({ visitor, app, person: ana });
  }
  await oauth.fetchUserInfo(shop.config, tokens.access_token, ana.accountId);
  await failRequests(server, shop);
  return {
    server,
    ana,
    newcomer,
    administrator,
    shop,
    greedy,
    shopSecretId: await secondSecret(server, ana, shop),
    unprovenEmailId: await unprovenEmail(server, ana),
    unprovenPhoneId: await unprovenPhone(server, ana),
    emailLink: await linkFor(connected, 'waiting@example.org'),
    foreignLinks: await linksOfAnotherBrowser(server),
    pictureId: await twoPictures(server, ana),
    recordId: await keepRecord(server, ana, shop),
  };
}

async function secondSecret(
  { connected }: TestServer,
  { accountId }: TestPerson,
  { clientId }: ThirdPartyApp,
): Promise<string> {
  const manager = { accountId, isAdministrator: false };
  await connected.clients.rotateSecret({ clientId, manager, overlapSeconds: null });
  const [secret] = await connected.clients.listSecrets({ clientId, manager });
  return secret?.id ?? '';
}

async function twoPictures({ connected }: TestServer, { accountId }: TestPerson): Promise<string> {
  const add = async (colour: string, label: string | null) => {
    const content = arriving(await photo(colour));
    return (await connected.vault.avatars.add({ accountId, content, label })).id;
  };
  await add('#8fb3c9', null);
  return add('#d8c48f', 'the one from the summer at the harbour');
}

async function keepRecord(
  { connected }: TestServer,
  { accountId }: TestPerson,
  { clientId }: ThirdPartyApp,
): Promise<string> {
  const { id } = await connected.vault.records.put({
    accountId,
    namespace: 'reading-lists',
    key: 'books-that-i-would-like-to-read-before-the-end-of-this-year',
    value: { title: 'The Count of Monte Cristo', pages: 1276, authors: ['Dumas', 'Maquet'] },
    expected: { kind: 'absent' },
    changedBy: clientId,
  });
  return id;
}

async function unprovenEmail(
  { connected }: TestServer,
  { accountId }: TestPerson,
): Promise<string> {
  const value = 'waiting@example.org';
  const { id } = await connected.vault.addAttribute({ accountId, claim: 'email', value });
  const request = { accountId, attributeId: id, locale: 'en', ip: '192.0.2.1' };
  await connected.authentication.requestAttributeCode(request);
  return id;
}

async function unprovenPhone(
  { connected }: TestServer,
  { accountId }: TestPerson,
): Promise<string> {
  const value = '+442079460999';
  return (await connected.vault.addAttribute({ accountId, claim: 'phone_number', value })).id;
}

async function definePermissions(
  server: TestServer,
  { accountId: actorId }: TestPerson,
): Promise<void> {
  const { scopes } = server.connected;
  await scopes.defineResourceServer({
    identifier: LIBRARY,
    title: { en: 'Town library', ru: 'Городская библиотека' },
    accessTokenFormat: 'jwt',
    accessTokenLifetimeSeconds: 300,
    actorId,
  });
  await scopes.defineScope({
    name: 'loans:read',
    title: { en: 'See what you borrowed', ru: 'Видеть ваши книги' },
    description: { en: 'Every loan of the last year.', ru: 'Все выдачи за последний год.' },
    sensitivity: 'high',
    resource: LIBRARY,
    actorId,
  });
}

function requests(...claims: readonly string[]) {
  return claims.map((claim, index) => ({
    claim,
    necessity: index === 0 ? ('essential' as const) : ('voluntary' as const),
    purpose: {
      en: `Because without your ${claim} nothing that was ordered can be sent to the right place`,
      ru: 'Чтобы заказ пришёл туда, где его ждут, и тому, кто его ждёт',
    },
    longestDuration: 'until_withdrawn' as const,
  }));
}

/** The address of a request of an app. */
export function authorizationUrl(
  { server }: Scene,
  app: ThirdPartyApp,
  extra: Record<string, string> = {},
): string {
  const query = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid profile email phone address offline_access',
    code_challenge: 'v'.repeat(43),
    code_challenge_method: 'S256',
    ...extra,
  });
  return `${server.url}/auth?${query.toString()}`;
}

/** The cookies of a signed-in person, for a browser. */
export async function cookiesOf(server: TestServer, person: TestPerson | null) {
  if (person === null) return [];
  const visitor = await signedInVisitor(server.url, person);
  const url = new URL(server.url);
  return [...visitor.cookies.list(url)].map(([name, value]) => ({ name, value, url: url.origin }));
}

/** Custom claims: one in a scope, one without a scope, and one retired. */
async function defineDetails({ connected }: TestServer, administrator: TestPerson): Promise<void> {
  const actorId = administrator.accountId;
  const words = (en: string, ru: string) => ({
    title: { en, ru },
    description: { en: `${en}, as on your card.`, ru: `${ru}, как в читательском билете.` },
    sensitivity: 'medium' as const,
    isMultiple: true,
    actorId,
  });
  const { scopes } = connected;
  await scopes.defineClaim({
    ...words('Favourite shelf', 'Любимая полка'),
    name: 'favourite_shelf',
    kind: 'choice',
    rules: {
      choices: [
        { value: 'novels', title: { en: 'Novels and short stories', ru: 'Романы и рассказы' } },
        { value: 'poems', title: { en: 'Poems', ru: 'Стихи' } },
      ],
    },
  });
  await scopes.defineClaim({
    ...words('Books a year', 'Книг в год'),
    name: 'books_a_year',
    kind: 'number',
    rules: { min: 0, max: 1_000, isWhole: true },
  });
  await scopes.defineClaim({
    ...words(
      'Membership that nobody asks about any more',
      'Членство, о котором больше не спрашивают',
    ),
    name: 'preferred_delivery_window_of_the_warehouse',
    kind: 'date',
    rules: {},
  });
  await scopes.retireClaim({ actorId, name: 'preferred_delivery_window_of_the_warehouse' });
  await waitFor('the custom claims', async () =>
    (await scopes.claims()).live.some(({ name }) => name === 'books_a_year'),
  );
  const { isMultiple: _, ...about } = words('Your reading', 'Ваше чтение');
  await scopes.defineScope({ ...about, name: 'reading', claims: ['favourite_shelf'] });
}
