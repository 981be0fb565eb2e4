import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { expect } from 'chai';
import { Provider } from 'oidc-provider';

import { createStorage } from '../../src/oidc/adapters/adapter.ts';
import { sealAccessTokens } from '../../src/oidc/adapters/seal-access-tokens.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createSealer } from '../../src/platform/keys/encryption.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  STORAGE_MODES,
  type TestStorage,
} from '../tokens/open-stores.ts';
import { loseEverything, takeSnapshot } from '../tokens/redis-snapshot.ts';
import { UNLIMITED } from '../support/unlimited.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const NOBODY = { find: () => Promise.resolve(null) };
const OF_BROWSERS = {
  transientSealer: createSealer([{ version: 1, key: randomBytes(32) }]),
  clock: systemClock,
  rateLimiter: UNLIMITED,
  signer: { verify: () => Promise.reject(new Error('no test here has a JWT')) },
};
const API = 'https://api.example.org';

for (const mode of STORAGE_MODES) {
  describe(`Access tokens of the library, ${mode === 'redis' ? 'Redis' : 'Postgres alone'}`, () => {
    let storage: TestStorage;
    let node: Node;
    let other: Node;
    let here: Provider;
    let there: Provider;
    let accountId: string;
    let scopes: string[];
    const events: string[] = [];

    const providerOn = (on: Node): Provider => {
      const clients = { find: async () => ({ scopes }) as never };
      const provider = new Provider('https://id.example.org', {
        adapter: createStorage({ ...on, ...OF_BROWSERS, accounts: NOBODY, clients }),
        jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k', use: 'sig' }] },
        cookies: { keys: ['test'] },
        ttl: { AccessToken: 600, ClientCredentials: 600 },
        features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
      });
      sealAccessTokens(provider, on.tokens);
      return provider;
    };
    before(async () => {
      storage = await openStorage(mode);
      [node, other] = await Promise.all([storage.openNode(), storage.openNode()]);
      accountId = await createAccount(node);
      here = providerOn(node);
      there = providerOn(other);
      here.on('access_token.issued', () => events.push('issued'));
      here.on('access_token.saved', () => events.push('saved'));
    });
    beforeEach(() => {
      scopes = ['openid', 'orders:read', 'orders:write'];
    });
    after(() => storage.close());

    const client = { clientId: 'bookshop', grantTypeAllowed: () => true } as never;
    const personal = (more = {}) =>
      new here.AccessToken({
        client,
        accountId,
        grantId: 'g'.repeat(32),
        gty: 'authorization_code',
        scope: 'openid orders:read',
        ...more,
      });
    const machine = (scope = 'orders:read orders:write') =>
      new here.ClientCredentials({ client, scope });
    /** What is stored in the two tables and in Redis. */
    const countStored = async (): Promise<number> => {
      const [row] = await node.db.query<{ count: number }>({
        name: 'test-count-access-tokens',
        text: `select ((select count(*) from access_tokens) +
                 (select count(*) from client_credentials_tokens))::int as count`,
      });
      const keys = (await node.redis?.keys(`${storage.keyPrefix}*`)) ?? [];
      return (row?.count ?? 0) + keys.length;
    };

    it('contain every member and are not stored', async () => {
      const members = {
        sessionUid: 'u'.repeat(21),
        sid: 's'.repeat(21),
        claims: { userinfo: { email: { essential: true } } },
        aud: API,
        jkt: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
      };
      events.length = 0;
      const value = await personal(members).save();
      const found = await there.AccessToken.find(value);
      expect(found).to.deep.include({
        ...members,
        jti: value,
        kind: 'AccessToken',
        accountId,
        clientId: 'bookshop',
        grantId: 'g'.repeat(32),
        scope: 'openid orders:read',
        gty: 'authorization_code',
      });
      expect(found).to.include({ tokenType: 'DPoP', isValid: true });
      await machine().save();
      expect(events).to.deep.equal(['issued']);
      expect(await countStored()).to.equal(0);
    });

    it('are stored if their content is large, and are never valid again once revoked', async () => {
      const rar = [{ type: 'payment', note: 'x'.repeat(2_000) }];
      const [kept, revoked] = [await personal({ rar }).save(), await personal({ rar }).save()];
      expect(kept).to.match(/^[\w-]{43}$/);
      const snapshot = node.redis && (await takeSnapshot(node.redis, storage.keyPrefix));
      await (await here.AccessToken.find(revoked))?.destroy();
      await snapshot?.restore();
      expect(await here.AccessToken.find(kept)).to.include({ jti: kept });
      for (const provider of [here, there]) await untilGone(provider, revoked);
    });

    it('of the previous release, which stored all of them, are found', async () => {
      const id = randomId();
      const iat = Math.floor(Date.now() / 1000);
      const payload = {
        kind: 'AccessToken',
        jti: id,
        accountId,
        clientId: 'bookshop',
        iat,
        exp: iat + 60,
      };
      await node.tokens.artifacts('AccessToken').upsert(id, payload, 60);
      expect(await there.AccessToken.find(id)).to.include({ accountId });
    });

    it('are neither ended nor revived by a Redis that lost everything', async () => {
      const [live, dead] = [await personal().save(), await personal().save()];
      const [liveMachine, deadMachine] = [await machine().save(), await machine().save()];
      expect(await there.AccessToken.find(dead)).to.include({ accountId });
      await (await here.AccessToken.find(dead))?.destroy();
      await (await here.ClientCredentials.find(deadMachine))?.destroy();
      if (node.redis !== null) await loseEverything(node.redis, storage.keyPrefix);
      // A node that starts now has not received the announcement.
      const late = providerOn(await storage.openNode());
      for (const provider of [here, there, late]) {
        await untilGone(provider, dead);
        expect(await provider.ClientCredentials.find(deadMachine)).to.equal(undefined);
        expect(await provider.AccessToken.find(live)).to.include({ jti: live });
        expect(await provider.ClientCredentials.find(liveMachine)).to.include({ jti: liveMachine });
      }
    });

    it('end one by one: other tokens, codes and refresh tokens of the grant stay', async () => {
      const kinds = ['AuthorizationCode', 'RefreshToken'] as const;
      const grantId = randomId();
      const ids = [randomId(), randomId()];
      for (const [index, kind] of kinds.entries()) {
        const payload = { kind, clientId: 'bookshop', grantId, iat: 1 };
        await node.tokens.artifacts(kind).upsert(ids[index] ?? '', payload, 60);
      }
      const [revoked, stays] = [
        await personal({ grantId }).save(),
        await personal({ grantId }).save(),
      ];
      await (await here.AccessToken.find(revoked))?.destroy();
      for (const model of [here.AccessToken, here.RefreshToken, here.AuthorizationCode]) {
        await model.revokeByGrantId(grantId);
      }
      expect(await here.AccessToken.find(revoked)).to.equal(undefined);
      expect(await here.AccessToken.find(stays)).to.include({ grantId });
      for (const [index, kind] of kinds.entries()) {
        expect(await node.tokens.artifacts(kind).find(ids[index] ?? '')).to.include({ grantId });
      }
    });

    it('of an app that acts for itself lose the permissions that the app has lost', async () => {
      const value = await machine().save();
      scopes = ['orders:read'];
      expect(await here.ClientCredentials.find(value)).to.include({ scope: 'orders:read' });
      scopes = [];
      expect(await here.ClientCredentials.find(value)).to.equal(undefined);
    });

    it('that have expired are not found', async () => {
      const iat = Math.floor(Date.now() / 1000) - 700;
      const value = await personal({ iat, exp: iat + 600 }).save();
      expect(await here.AccessToken.find(value)).to.equal(undefined);
    });

    it('are JWTs for an API that requires JWTs', async () => {
      const token = personal();
      const jwt = { sign: { alg: 'ES256' } };
      Object.assign(token, {
        resourceServer: { audience: API, identifier: () => API, accessTokenFormat: 'jwt', jwt },
      });
      expect((await token.save()).split('.')).to.have.length(3);
    });

    it('are checked in the database while the node receives no notifications', async () => {
      const value = await personal().save();
      const deaf = await storage.openNode();
      const provider = providerOn(deaf);
      expect(await provider.AccessToken.find(value)).to.include({ jti: value });
      await deaf.feed.close();
      await waitFor('the feed is not fresh', () => !deaf.feed.isFresh());
      await (await here.AccessToken.find(value))?.destroy();
      expect(await provider.AccessToken.find(value)).to.equal(undefined);
    });
  });
}

async function untilGone(provider: Provider, value: string): Promise<void> {
  const find = async () => (await provider.AccessToken.find(value)) === undefined;
  await waitFor('the token is refused', find);
}
