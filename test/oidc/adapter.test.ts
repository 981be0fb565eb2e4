import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { expect } from 'chai';
import { Provider } from 'oidc-provider';

import { adaptSessionClass } from '../../src/oidc/adapters/adapter-session-rotation.ts';
import { randomBitsOf } from '../../src/oidc/adapters/adapter-token-kinds.ts';
import { createStorage } from '../../src/oidc/adapters/adapter.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createSealer } from '../../src/platform/keys/encryption.ts';
import { inRequest } from '../sessions/request.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  STORAGE_MODES,
  type TestStorage,
} from '../tokens/open-stores.ts';
import { UNLIMITED } from '../support/unlimited.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
// The storage looks up an account only for a proof of identity in an interaction.
const NOBODY = { find: () => Promise.resolve(null) };
const OF_BROWSERS = {
  transientSealer: createSealer([{ version: 1, key: randomBytes(32) }]),
  clock: systemClock,
  rateLimiter: UNLIMITED,
  signer: { verify: () => Promise.reject(new Error('no test here has a JWT')) },
};

for (const mode of STORAGE_MODES) {
  describe(`The library on our storage, ${mode === 'redis' ? 'Redis' : 'Postgres alone'}`, () => {
    let storage: TestStorage;
    let node: Node;
    let provider: Provider;
    let accountId: string;

    before(async () => {
      storage = await openStorage(mode);
      node = await storage.openNode();
      accountId = await createAccount(node);
      const keep = createStorage({ ...node, ...OF_BROWSERS, accounts: NOBODY, clients: NOBODY });
      provider = new Provider('https://id.example.org', {
        adapter: keep,
        jwks: { keys: [privateKey.export({ format: 'jwk' })] },
        formats: { bitsOfOpaqueRandomness: randomBitsOf },
        cookies: { keys: ['test'] },
        ttl: { AuthorizationCode: 60, RefreshToken: 600, AccessToken: 600, DeviceCode: 600 },
        features: { deviceFlow: { enabled: true }, devInteractions: { enabled: false } },
      });
      adaptSessionClass(provider, async () => 86_400);
    });
    after(() => storage.close());

    const client = { clientId: 'bookshop', grantTypeAllowed: () => true } as never;
    const code = () =>
      new provider.AuthorizationCode({
        client,
        accountId,
        scope: 'openid',
        redirectUri: 'https://a',
      } as never);

    it('finds a code by its value, with that value in it', async () => {
      const value = await code().save();
      const found = await provider.AuthorizationCode.find(value);
      expect(found).to.include({ jti: value, accountId, clientId: 'bookshop', isValid: true });
    });

    it('sees that a code was used', async () => {
      const value = await code().save();
      await (await provider.AuthorizationCode.find(value))?.consume();
      const found = await provider.AuthorizationCode.find(value);
      expect(found).to.have.property('consumed').that.is.a('number');
      expect(found?.isValid).to.equal(false);
    });

    it('returns invalid_grant for the second use of a code, also when both requests found it unused', async () => {
      const value = await code().save();
      const seen = await Promise.all([
        provider.AuthorizationCode.find(value),
        provider.AuthorizationCode.find(value),
      ]);
      await seen[0]?.consume();
      const error = await seen[1]?.consume().catch((failure: unknown) => failure);
      expect(error).to.include({ error: 'invalid_grant', statusCode: 400 });
    });

    it('returns invalid_request_uri for the second use of a pushed request', async () => {
      const par = new provider.PushedAuthorizationRequest({ request: 'x' });
      const value = await par.save(60);
      const seen = await provider.PushedAuthorizationRequest.find(value);
      await (seen as unknown as { consume(): Promise<void> }).consume();
      const again = (seen as unknown as { consume(): Promise<void> }).consume();
      expect(await again.catch((failure: unknown) => failure)).to.include({
        error: 'invalid_request_uri',
      });
    });

    it('rotates a refresh token', async () => {
      const token = new provider.RefreshToken({
        client,
        accountId,
        scope: 'openid',
        grantId: 'g',
      } as never);
      const value = await token.save();
      const found = await provider.RefreshToken.find(value);
      expect(found).to.include({ jti: value, grantId: 'g' });
      await found?.consume();
      expect(await provider.RefreshToken.find(value)).to.have.property('consumed');
    });

    it('finds a device code by its user code and lets it be changed', async () => {
      const userCode = `U${randomId().slice(0, 7)}`;
      const device = new provider.DeviceCode({ client, userCode, params: {} } as never);
      const value = await device.save();
      const found = await provider.DeviceCode.findByUserCode(userCode);
      expect(found?.jti).to.equal(value);
      Object.assign(found ?? {}, { accountId });
      await found?.save();
      expect(await provider.DeviceCode.find(value)).to.include({ accountId });
      await found?.destroy();
      expect(await provider.DeviceCode.findByUserCode(userCode)).to.equal(undefined);
    });

    it('gives a session a new id when it is reset, under the same uid', async () => {
      const session = new provider.Session();
      session.loginAccount({ accountId, acr: 'urn:one', amr: ['pwd'] });
      await inRequest(async () => session.save(600));
      const renewed = await inRequest(async () => {
        const found = await provider.Session.find(session.jti);
        found?.loginAccount({ accountId, acr: 'urn:one', amr: ['pwd'] });
        found?.resetIdentifier();
        await found?.save(600);
        return found;
      });
      expect(renewed?.jti).not.to.equal(session.jti);
      await inRequest(async () => {
        expect(await provider.Session.find(session.jti)).to.equal(undefined);
        expect(await provider.Session.findByUid(session.uid)).to.include({ accountId });
        await (await provider.Session.findByUid(session.uid))?.destroy();
      });
      await inRequest(async () => {
        expect(await provider.Session.find(renewed?.jti ?? '')).to.equal(undefined);
      });
    });

    it('never loses a session that gets a new id, not even for a moment', async () => {
      const session = new provider.Session();
      session.loginAccount({ accountId, acr: 'urn:one', amr: ['pwd'] });
      await inRequest(async () => session.save(600));
      let isAway = 0;
      let isDone = false;
      const watching = (async () => {
        while (!isDone) {
          const found = await inRequest(() => provider.Session.findByUid(session.uid));
          if (found === undefined) isAway += 1;
        }
      })();
      for (let time = 0; time < 10; time += 1) {
        await inRequest(async () => {
          const found = await provider.Session.findByUid(session.uid);
          found?.resetIdentifier();
          await found?.save(600);
        });
      }
      isDone = true;
      await watching;
      expect(isAway).to.equal(0);
    });

    it('stores an interaction that is too large for a cookie, and no other', async () => {
      type Make = new (id: string, payload: object) => InstanceType<typeof provider.Interaction>;
      const begin = async (params: Readonly<Record<string, string>>) => {
        const interaction = new (provider.Interaction as unknown as Make)(randomId(), {
          params,
          prompt: { name: 'login', reasons: [], details: {} },
          returnTo: 'https://id.example.org/auth/x',
          session: { accountId },
        });
        await inRequest(() => interaction.save(60));
        return interaction;
      };
      const find = (uid: string) => inRequest(() => provider.Interaction.find(uid));
      expect(await find((await begin({ state: 'small' })).uid)).to.equal(undefined);
      const params = { state: 'large'.repeat(1_000) };
      const large = await begin(params);
      expect((await find(large.uid))?.params).to.deep.equal(params);
      await large.destroy();
      expect(await find(large.uid)).to.equal(undefined);
    });

    it('accepts one of several concurrent uses of an assertion', async () => {
      const jti = randomId();
      const exp = Math.floor(Date.now() / 1000) + 60;
      const { ReplayDetection } = provider as unknown as {
        ReplayDetection: { unique(iss: string, jti: string, exp: number): Promise<boolean> };
      };
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => ReplayDetection.unique('bookshop', jti, exp)),
      );
      expect(outcomes.filter((isUnique) => isUnique)).to.have.length(1);
      expect(await ReplayDetection.unique('bookshop', jti, exp)).to.equal(false);
      expect(await ReplayDetection.unique('other', jti, exp)).to.equal(true);
    });

    it('does not look up a token as a kind that has another length', async () => {
      const away = await storage.openNode();
      await away.close();
      const keep = createStorage({ ...away, ...OF_BROWSERS, accounts: NOBODY, clients: NOBODY });
      const found = await Promise.all([
        keep('RefreshToken').find(randomTokenOf('AccessToken')),
        keep('ClientCredentials').find(randomTokenOf('AccessToken')),
        keep('AccessToken').find(randomTokenOf('RefreshToken')),
      ]);
      expect(found).to.deep.equal([undefined, undefined, undefined]);
    });

    it('returns 503 while storage is unavailable, and no final error', async () => {
      const away = await storage.openNode();
      await away.close();
      const keep = createStorage({ ...away, ...OF_BROWSERS, accounts: NOBODY, clients: NOBODY });
      for (const model of ['RefreshToken', 'AuthorizationCode', 'Session', 'AccessToken']) {
        const adapter = keep(model);
        const id = randomTokenOf(model);
        const work: Promise<unknown>[] = [adapter.find(id)];
        if (model === 'RefreshToken') work.push(adapter.consume(id));
        for (const attempt of work) {
          expect(await attempt.catch((failure: unknown) => failure)).to.include({
            statusCode: 503,
            error: 'temporarily_unavailable',
          });
        }
      }
    });
  });
}

/** A value as long as the library makes those of `model`. */
function randomTokenOf(model: string): string {
  return 'x'.repeat(randomBitsOf(undefined, { kind: model }) / 6);
}
