import { createHash, randomUUID } from 'node:crypto';

import { expect } from 'chai';

import type { ConsentText } from '../../src/consents/index.ts';
import { connectApp, type ConnectInput } from '../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people/people.ts';
import type { TestServer } from '../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../support/people/third-party-app.ts';
import type { Visitor, VisitorOptions } from '../support/people/visitor.ts';

/** The format of the API. */
export interface Summary {
  readonly receiptId: string;
  readonly clientId: string;
  readonly kind: string;
  readonly jws: string;
}

/** The format of the API. */
export interface Full extends Summary {
  readonly isLatest: boolean;
  readonly receipt: Payload;
  readonly text: ConsentText | null;
}

/** The format of the API. */
export interface Payload {
  readonly receipt_id: string;
  readonly record_version: number;
  readonly record_status: string;
  readonly pii_principal_id: string;
  readonly pii_processing: {
    readonly notice_hash: string | null;
    readonly language: string | null;
    readonly service: string;
    readonly purposes: readonly {
      readonly purpose: string;
      readonly pii_information: readonly {
        readonly pii_type: string;
        readonly pii_attribute_id: string | null;
        readonly decision: string;
      }[];
    }[];
  };
  readonly event: { readonly event_state: string; readonly pii_types: readonly string[] };
  readonly kantara_consent_receipt?: Readonly<Record<string, unknown>>;
}

/** The format of the API. */
export interface Verdict {
  readonly isGenuine: boolean;
  readonly keyId: string | null;
  readonly receiptId: string | null;
  readonly isLatest: boolean;
}

/** A person with two e-mail addresses, an app that requests name and e-mail, and the actions about receipts. */
export interface ReceiptScene {
  readonly ana: TestPerson;
  readonly app: ThirdPartyApp;
  readonly visitor: Visitor;
  readonly input: ConnectInput;
  /** The id of a value. */
  id(claim: string, index?: number): string;
  /** Shares name and first e-mail. */
  connect(): Promise<Tokens>;
  /** A request of the signed-in person, or of another visitor. */
  read<T>(path: string, as?: Visitor): Promise<T>;
  list(): Promise<readonly Summary[]>;
  newest(): Promise<Full>;
  /** Verifies a receipt at the server. */
  check(jws: string): Promise<Verdict>;
  changeEmail(choice: string): Promise<unknown>;
  withdraw(): Promise<void>;
  withApp(app: ThirdPartyApp): ReceiptScene;
}

/** Each test starts without any decision. */
export async function openReceiptScene(
  server: TestServer,
  options: VisitorOptions = {},
): Promise<ReceiptScene> {
  const ana = await createPerson(server.connected, {
    values: { name: ['Ana Petrova'], email: [`${randomUUID()}@work.example`] },
  });
  const app = await registerThirdPartyApp(server, ana.accountId, {
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    policyUri: 'https://bookshop.example/privacy',
    contact: 'privacy@bookshop.example',
    requests: [
      request('name', 'essential', 'To address you'),
      request('email', 'voluntary', 'To send you receipts'),
    ],
  });
  return sceneWith(server, { ana, app, visitor: visitorAt(server.url, options) });
}

function sceneWith(
  server: TestServer,
  { ana, app, visitor }: Pick<ReceiptScene, 'ana' | 'app' | 'visitor'>,
): ReceiptScene {
  const { consents } = server.connected;
  const key = { accountId: ana.accountId, clientId: app.clientId };
  const id = (claim: string, index = 0): string => ana.attributeIds[claim]?.[index] ?? '';
  const choices = { 'claim.name': id('name'), 'claim.email': id('email') };
  const input: ConnectInput = { visitor, app, person: ana, choices };
  const read = async <T>(path: string, as: Visitor = visitor): Promise<T> => {
    const headers = { accept: 'application/json' };
    const response = await as.request(`${server.url}${path}`, { headers });
    expect(response.status, await response.clone().text()).to.equal(200);
    return (await response.json()) as T;
  };
  const list = async (): Promise<readonly Summary[]> =>
    (await read<{ receipts: Summary[] }>('/api/v1/account/receipts')).receipts;
  return {
    ana,
    app,
    visitor,
    input,
    id,
    read,
    list,
    connect: () => connectApp(input),
    newest: async () =>
      read<Full>(`/api/v1/account/receipts/${(await list())[0]?.receiptId ?? ''}`),
    check: (jws) => verdictOn(server, jws),
    changeEmail: (choice) => consents.changeItem({ ...key, claim: 'email', choice, locale: 'en' }),
    withdraw: () => consents.withdraw(key),
    withApp: (other) => sceneWith(server, { ana, visitor, app: other }),
  };
}

function request(claim: string, necessity: 'essential' | 'voluntary', purpose: string) {
  return {
    claim,
    necessity,
    purpose: { en: purpose },
    longestDuration: 'until_withdrawn',
  } as const;
}

/** The response of the server about a receipt. */
export async function verdictOn(server: TestServer, jws: string): Promise<Verdict> {
  const response = await fetch(`${server.url}/api/v1/receipts/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jws }),
  });
  expect(response.status, await response.clone().text()).to.equal(200);
  return (await response.json()) as Verdict;
}

/** The reference of a receipt to a text. */
export function hashOf(text: ConsentText | null): string {
  return createHash('sha256').update(JSON.stringify(text)).digest('base64url');
}

/** The content of a signed receipt. */
export function payloadOf(jws: string): Payload {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Payload;
}

/** The part about the e-mail. */
export function emailIn(payload: Payload) {
  return payload.pii_processing.purposes
    .flatMap(({ pii_information: pii }) => pii)
    .find(({ pii_type: type }) => type === 'email');
}
