import { randomBytes, randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { AppError } from '../../src/platform/app-error.ts';
import { createSealer, deriveKeys, type VersionedKey } from '../../src/platform/keys/encryption.ts';
import { packAccessToken, unpackAccessToken } from '../../src/tokens/access-token-layout.ts';
import { createAccessTokens, type ReloadableKeys } from '../../src/tokens/access-tokens.ts';
import type { AccessTokenContent, ArtifactStore } from '../../src/tokens/index.ts';
import { failureOf } from '../support/failure.ts';

const IAT = 1_795_000_000;
const SYMBOLS_32 = 'aB3_-aB3_-aB3_-aB3_-aB3_-aB3_-aB';

/** A token with all usual members, bound to a session. */
const ORDINARY: AccessTokenContent = {
  iat: IAT,
  exp: IAT + 900,
  clientId: randomUUID(),
  accountId: randomUUID(),
  grantId: SYMBOLS_32,
  sessionUid: SYMBOLS_32.slice(0, 21),
  sid: SYMBOLS_32.slice(0, 21),
  gty: 'authorization_code refresh_token',
  scope: 'openid profile email phone address offline_access',
  expiresWithSession: true,
};

/** All members, with unusual values. */
const FULL: AccessTokenContent = {
  ...ORDINARY,
  clientId: 'книжная лавка',
  gty: 'urn:openid:params:grant-type:ciba',
  scope: 'openid shop:read x'.repeat(3),
  aud: 'https://api.example.org/ж?a=1',
  jkt: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
  'x5t#S256': 'A',
  claims: { userinfo: { email: { essential: true }, name: null } },
  extra: { a: [1, 'ж'] },
  rar: [{ type: 'payment' }],
};

interface TestKeys extends ReloadableKeys {
  /** The keys in memory, and the keys that a reload returns. */
  known: readonly VersionedKey[];
  stored: readonly VersionedKey[];
  isOut: boolean;
}

function keysOf(...versions: readonly number[]): TestKeys {
  const stored = versions.map((version) => ({ version, key: Buffer.alloc(32, version) }));
  const keys: TestKeys = {
    known: stored,
    stored,
    isOut: false,
    keys: () => {
      if (keys.isOut) throw new AppError('unavailable', 'key_service_unavailable');
      return keys.known;
    },
    reload: async () => {
      if (keys.isOut) throw new AppError('unavailable', 'database_unavailable');
      keys.known = keys.stored;
    },
  };
  return keys;
}

const NOTHING_STORED = { find: async () => undefined } as unknown as ArtifactStore;

function tokensWith(keys: ReloadableKeys, issuer = 'https://id.example.org') {
  const revoked = new Set<string>();
  return createAccessTokens({
    keys,
    issuer,
    stores: { AccessToken: NOTHING_STORED, ClientCredentials: NOTHING_STORED },
    revoked: {
      has: async (fingerprint) => revoked.has(fingerprint.toString('hex')),
      add: async (fingerprint) => void revoked.add(fingerprint.toString('hex')),
    },
  });
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: { code?: string }) => error.code,
  );

describe('An opaque access token', () => {
  const keys = keysOf(2, 1);
  const tokens = tokensWith(keys);
  const seal = (content: AccessTokenContent = ORDINARY) =>
    tokens.seal('AccessToken', content) ?? '';
  const find = (value: string) => tokens.store('AccessToken').find(value);

  it('contains every member of the library', async () => {
    let count = 0;
    for (const content of [ORDINARY, FULL, { iat: IAT, exp: IAT + 1, scope: '' }]) {
      const value = seal(content);
      const expected = { ...content, jti: value, kind: 'AccessToken' };
      expect(await find(value)).to.deep.equal(expected);
      count += 1;
    }
    expect(count).to.equal(3);
  });

  it('has at most 255 characters with usual content', () => {
    expect(seal()).to.match(/^cat_[\w-]+$/);
    expect(seal().length).to.be.at.most(255);
    const machine = { iat: IAT, exp: IAT + 900, clientId: randomUUID(), scope: 'orders:read' };
    expect((tokens.seal('ClientCredentials', machine) ?? '').length).to.be.at.most(255);
  });

  it('is different each time', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => seal())).size).to.equal(1_000);
  });

  it('is refused with a changed byte', async () => {
    const value = seal();
    const bytes = Buffer.from(value.slice(4), 'base64url');
    let count = 0;
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(await find(`cat_${changed.toString('base64url')}`), String(index)).to.equal(undefined);
      count += 1;
    }
    expect(count).to.be.greaterThan(100);
  });

  it('has one spelling', async () => {
    const value = seal({ ...ORDINARY, aud: 'x' });
    const spellings = ['=', '==', ' ', '\n', '%', '.', 'A'].map((end) => value + end);
    const last = value.at(-1) ?? '';
    spellings.push(value.slice(0, -1), value.replaceAll('-', '+'), value.replace('cat_', 'CAT_'));
    spellings.push(
      ...[...'AQgwBRhx'].filter((end) => end !== last).map((end) => value.slice(0, -1) + end),
    );
    for (const spelling of spellings.filter((other) => other !== value)) {
      expect(await find(spelling), spelling).to.equal(undefined);
    }
    expect(spellings.length).to.be.greaterThan(15);
  });

  it('is not a token of another kind, another issuer or other keys', async () => {
    const value = seal();
    const machines = tokens.store('ClientCredentials');
    expect(await machines.find(value)).to.equal(undefined);
    expect(await machines.find(value.replace('cat_', 'cct_'))).to.equal(undefined);
    const elsewhere = tokensWith(keys, 'https://other.example.org').store('AccessToken');
    expect(await elsewhere.find(value)).to.equal(undefined);
    const strange = { keys: () => [{ version: 2, key: randomBytes(32) }], reload: keys.reload };
    expect(await tokensWith(strange).store('AccessToken').find(value)).to.equal(undefined);
  });

  it('ends when it is revoked, and a repeated revocation changes nothing', async () => {
    const [revoked, other] = [seal(), seal()];
    await tokens.store('AccessToken').destroy(revoked);
    await tokens.store('AccessToken').destroy(revoked);
    expect(await find(revoked)).to.equal(undefined);
    expect(await find(other)).to.include({ clientId: ORDINARY.clientId });
  });

  it('is not issued for contents of more than a kilobyte', () => {
    expect(tokens.seal('AccessToken', { ...ORDINARY, rar: 'x'.repeat(1_024) })).to.equal(null);
  });

  it('is found with a key that this node has not read yet', async () => {
    const late = keysOf(3, 2, 1);
    const value = tokensWith(late).seal('AccessToken', ORDINARY) ?? '';
    late.known = late.stored.slice(1);
    expect(await tokensWith(late).store('AccessToken').find(value)).to.include({ iat: IAT });
  });

  it('causes unavailable, not a refusal, while the keys cannot be used or read', async () => {
    const out = keysOf(3, 2, 1);
    const store = tokensWith(out).store('AccessToken');
    const value = tokensWith(out).seal('AccessToken', ORDINARY) ?? '';
    out.isOut = true;
    expect(await codeOf(store.find(value))).to.equal('key_service_unavailable');
    out.known = out.stored.slice(1);
    const unread = { keys: () => out.known, reload: out.reload };
    expect(await codeOf(tokensWith(unread).store('AccessToken').find(value))).to.equal(
      'database_unavailable',
    );
  });

  it('causes unavailable when a newer release has issued it', async () => {
    const newer = Buffer.from([255]);
    const sealer = createSealer(deriveKeys(keys, 'access-token'));
    const context = 'access-token:https://id.example.org:AccessToken:255';
    const bytes = Buffer.concat([newer, sealer.seal(packAccessToken(ORDINARY), context)]);
    const finding = find(`cat_${bytes.toString('base64url')}`);
    expect(await failureOf(finding)).to.include({
      kind: 'unavailable',
      code: 'token_layout_unknown',
    });
  });

  it('is refused when its key was destroyed or never existed', async () => {
    const value = seal();
    const newer = keysOf(3);
    expect(await tokensWith(newer).store('AccessToken').find(value)).to.equal(undefined);
    const forged = Buffer.from(value.slice(4), 'base64url');
    forged.writeUInt32BE(4_000_000_000, 1);
    expect(await find(`cat_${forged.toString('base64url')}`)).to.equal(undefined);
  });
});

describe('The layout of an access token', () => {
  it('is read as it was written', () => {
    expect(unpackAccessToken(packAccessToken(FULL))).to.deep.equal(FULL);
  });

  it('does not change: a token of an earlier release is read the same', () => {
    const content = { iat: IAT, exp: IAT + 900, clientId: 'shop', scope: 'openid shop:read' };
    expect(packAccessToken(content).toString('hex')).to.equal(
      '87026afd86c0840705b21a2902010009' + Buffer.from('shop:read').toString('hex'),
    );
  });

  it('refuses an unknown member, and bytes that are truncated, too long or invalid', () => {
    expect(() => packAccessToken({ ...ORDINARY, news: 1 } as never)).to.throw('cannot hold news');
    const packed = packAccessToken(FULL);
    for (let length = 0; length < packed.length; length += 1) {
      expect(() => unpackAccessToken(packed.subarray(0, length)), String(length)).to.throw(Error);
    }
    expect(() => unpackAccessToken(Buffer.concat([packed, Buffer.of(0)]))).to.throw('more bytes');
    expect(() => unpackAccessToken(Buffer.alloc(9, 0xff))).to.throw(Error);
  });
});
