import { expect } from 'chai';
import type { Context } from 'koa';

import type { Account } from '../../src/accounts/index.ts';
import {
  createRequestAuthenticator,
  type RequestAuthenticatorDeps,
} from '../../src/oidc/authenticate-request.ts';

const ISSUED_AT = new Date('2026-01-31T12:00:00Z');

/** Storage in which one token is good for everything; a test spoils one thing. */
const GOOD = {
  token: {
    aud: undefined as string | undefined,
    accountId: 'ana',
    clientId: 'bookshop',
    grantId: 'g1',
    iat: ISSUED_AT.getTime() / 1000,
    scopes: new Set(['openid', 'account:read']),
    isSenderConstrained: () => false,
  },
  grant: {
    jti: 'g1',
    accountId: 'ana',
    clientId: 'bookshop',
    getOIDCScopeFiltered: (scopes: Set<string>) => [...scopes].join(' '),
  },
  client: { status: 'active', clientId: 'bookshop' },
  account: { id: 'ana', status: 'active', isAdministrator: false, cutOffAt: null as Date | null },
};

const callerIn = (storage: { [Name in keyof typeof GOOD]: (typeof GOOD)[Name] | null }) => {
  const find = <T>(found: T | null) => ({ find: () => Promise.resolve(found ?? undefined) });
  const authenticateRequest = createRequestAuthenticator({
    provider: () => ({
      AccessToken: find(storage.token),
      Grant: find(storage.grant),
      Client: find(storage.client?.status === 'active' ? storage.client : null),
    }),
    accounts: { find: () => Promise.resolve(storage.account as Account | null) },
  } as unknown as RequestAuthenticatorDeps);
  return authenticateRequest.identify({ get: () => 'Bearer opaque' } as unknown as Context);
};

const { token, grant, account } = GOOD;
const SPOILED = {
  'is unknown': { token: null },
  'was issued for another API': { token: { ...token, aud: 'https://orders.example' } },
  'is bound to a key': { token: { ...token, isSenderConstrained: () => true } },
  'is of an app that is gone': { client: null },
  'is of an app that is suspended': { client: { status: 'suspended', clientId: 'bookshop' } },
  'is of an account that is gone': { account: null },
  'is of an account that is blocked': { account: { ...account, status: 'blocked' } },
  'is older than the cut-off of its account': {
    account: { ...account, cutOffAt: new Date(ISSUED_AT.getTime() + 10_000) },
  },
  'has no grant any more': { grant: null },
  'has the grant of another person': { grant: { ...grant, accountId: 'boris' } },
  'has the grant of another app': { grant: { ...grant, clientId: 'library' } },
};

describe('Our own APIs, called with a token', () => {
  it('act for the person when the person gave that permission', async () => {
    expect(await callerIn(GOOD)).to.include({ kind: 'person', via: 'token', accountId: 'ana' });
  });

  it('answer the app itself when it has no permission for the account', async () => {
    const caller = await callerIn({ ...GOOD, token: { ...token, scopes: new Set(['openid']) } });
    expect(caller).to.include({ kind: 'app', clientId: 'bookshop', grantId: 'g1' });
  });

  for (const [what, spoiled] of Object.entries(SPOILED)) {
    it(`treat a caller as anonymous if the token ${what}`, async () => {
      expect(await callerIn({ ...GOOD, ...spoiled })).to.deep.equal({ kind: 'anonymous' });
    });
  }
});
