import { addPasskey } from './add-passkey.ts';
import { randomUUID } from 'node:crypto';

import { createStorage } from '../../../src/oidc/adapters/adapter.ts';
import type { Connected } from '../../../src/server/services.ts';
import { createRecordStore } from '../../../src/vault/records/record-store.ts';
import { recordKeyOf, recordPlace, sealRecord } from '../../../src/vault/records/sealed-record.ts';
import { waitFor } from '../wait-for.ts';
import { inRequest } from '../../sessions/request.ts';
import { createPerson, PASSWORD, signIn, visitorAt, type TestPerson } from './people.ts';
import { arriving, photo } from './pictures.ts';
import type { TestServer } from '../servers/server.ts';
import { APP_ORIGIN, registerThirdPartyApp, type ThirdPartyApp } from './third-party-app.ts';
import { totpCode } from '../../authentication/second-step-scene.ts';

/** Two people with data in every table for personal data, and the values that identify the first. */
export interface FullLife {
  readonly people: readonly [TestPerson, TestPerson];
  readonly app: ThirdPartyApp;
  /** Values that must not be found in plain text. */
  readonly secrets: readonly string[];
}

const NAME = 'Zinaida Serebryakova-Lanceray';
const PHONE = '+358401234567';
const STREET = 'Neskuchnoye 17';
const CITY = 'Kharkivska';

/** Uses every feature, so that every sealed column of the schema has at least two rows. */
export async function liveFully(server: TestServer): Promise<FullLife> {
  const { connected } = server;
  const owner = await createPerson(connected);
  const app = await registerThirdPartyApp(server, owner.accountId);
  const first = await livingPerson(server, app, 'zinaida.serebryakova@lanceray.example');
  const second = await livingPerson(server, app, 'evgenia.lanceray@neskuchnoye.example');
  await fillProtocolTables(connected, first);
  await register(server, 'alexander.benois@lanceray.example');
  await server.connected.transientKeys.renew();
  return {
    people: [first, second],
    app,
    secrets: [first.email, NAME, PHONE, STREET, CITY],
  };
}

async function livingPerson(
  server: TestServer,
  app: ThirdPartyApp,
  email: string,
): Promise<TestPerson> {
  const { connected } = server;
  const address = { street_address: STREET, locality: CITY, country: 'UA' };
  const isFirst = email.startsWith('zinaida');
  const person = await createPerson(connected, {
    email,
    values: {
      name: isFirst ? [NAME, 'Zina'] : ['Evgenia Lanceray', 'Zhenya'],
      ...(isFirst ? { phone_number: [PHONE], address: [address] } : {}),
    },
  });
  const { accountId } = person;
  for (const colour of ['red', 'blue']) {
    await connected.vault.avatars.add({
      accountId,
      content: arriving(await photo(colour)),
    });
  }
  await signInAndShare(server, app, person);
  // A second browser that signs in and stops at the consent page, with the address in the request.
  const halfDone = visitorAt(server.url);
  await app.begin(halfDone, { scope: 'openid', login_hint: email, prompt: 'consent' });
  await signIn(halfDone, person);
  // Codes to the address, by mail and, for the first, by text message.
  await connected.authentication.startPasswordReset({ identifier: email, locale: 'en', ip: '::1' });
  await connected.db.transaction(async (tx) => {
    await connected.sms.enqueue(tx, {
      to: PHONE,
      template: 'code',
      locale: 'en',
      values: { code: '1' },
    });
  });
  const passkeyId = await addPasskey(server, person);
  await connected.authentication.renamePasskey({ accountId, passkeyId, name: 'Work laptop' });
  await turnOnTotp(connected, accountId);
  await exportOnce(connected, accountId);
  await keepRecords(server, person);
  await connected.tokens.revocationRounds.begin(`token of ${email}`);
  return person;
}

async function signInAndShare(
  server: TestServer,
  app: ThirdPartyApp,
  person: TestPerson,
): Promise<void> {
  const visitor = visitorAt(server.url);
  const attempt = await app.begin(visitor, {
    scope: 'openid profile email phone address offline_access',
    prompt: 'consent',
  });
  await signIn(visitor, person);
  await visitor.submitForm('button[value=allow]');
  const tokens = await attempt.finish();
  await fetch(`${server.url}/userinfo`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
}

async function turnOnTotp({ authentication, clock }: Connected, accountId: string): Promise<void> {
  const { secret, ticket } = await authentication.startTotp({ accountId });
  const code = totpCode(secret, clock.now());
  await authentication.confirmTotp({ accountId, ticket, code });
}

async function exportOnce({ exports, db }: Connected, accountId: string): Promise<void> {
  await exports.request({ accountId, locale: 'en' });
  await waitFor(
    'the export',
    async () => {
      const [row] = await db.query<{ count: number }>({
        name: 'test-export-chunks',
        text: `select count(*)::int as count from account_export_chunks
               join account_exports on id = export_id where account_id = $1 and status = 'ready'`,
        values: [accountId],
      });
      return (row?.count ?? 0) > 0;
    },
    20_000,
  );
}

/** Fills kinds of artifacts that no flow creates yet, through the real storage. */
async function fillProtocolTables(connected: Connected, person: TestPerson): Promise<void> {
  const storage = createStorage(connected);
  for (const model of [
    'Interaction',
    'PushedAuthorizationRequest',
    'DeviceCode',
    'BackchannelAuthenticationRequest',
  ]) {
    for (const number of [1, 2]) {
      const id = `${model}-${String(number)}-${'x'.repeat(30)}`;
      const payload = {
        params: { login_hint: person.email },
        userCode: `${model}${String(number)}`,
      };
      await storage(model).upsert(id, payload, 600);
    }
  }
  for (const number of [1, 2]) await refreshOnce(connected, person, `refresh-${String(number)}`);
}

/** A refresh by a public client, whose response is stored for the grace period. */
async function refreshOnce(
  { db, tokens }: Connected,
  { accountId }: TestPerson,
  id: string,
): Promise<void> {
  const { id: grantId } = await tokens.createGrant(db, {
    accountId,
    clientId: 'reader',
    consentId: null,
    sessionUid: null,
    expiresInSeconds: 600,
  });
  const store = tokens.artifacts('RefreshToken');
  await store.upsert(id, { kind: 'RefreshToken', clientId: 'reader', iat: 1, grantId }, 600);
  await inRequest(async () => {
    const redemption = tokens.beginRedemption();
    await store.find(id);
    await store.consume(id);
    await tokens.commitRedemption({ redemption, request: [], answer: '{}', grant: null });
  });
}

async function register(server: TestServer, email: string): Promise<void> {
  const visitor = visitorAt(server.url);
  await visitor.get('/account');
  await visitor.follow('a[href$="/register"]');
  await visitor.submitForm('form[action$="/register"]', { email, password: PASSWORD });
  if (visitor.page.url.origin === APP_ORIGIN) throw new Error('the registration has no code');
}

async function keepRecords(server: TestServer, { accountId, email }: TestPerson): Promise<void> {
  const { db, clock, vault } = server.connected;
  const sealer = await vault.findSealer(accountId);
  if (sealer === null) throw new Error('the account has a key');
  const indexKey = recordKeyOf(server.config.secrets.blindIndexKey);
  for (const key of ['club', 'card']) {
    const place = recordPlace(indexKey, { accountId, namespace: 'library', key });
    await createRecordStore(db).save({
      ...place,
      sealedContent: sealRecord(sealer, place, { key, value: email }),
      version: randomUUID(),
      changedBy: null,
      createdAt: clock.now(),
      updatedAt: clock.now(),
    });
  }
}
