import { expect } from 'chai';

import type { AppError } from '../../src/platform/app-error.ts';
import type { Scope } from '../../src/scopes/index.ts';
import { scopeNameProblem } from '../../src/scopes/scope-name.ts';
import { openTwoNodes, type TwoNodes } from '../clients/open-services.ts';
import { isTrueWithin } from '../support/wait-for.ts';

const WORDS = {
  title: { en: 'Your pen name', ru: 'Ваш псевдоним' },
  description: { en: 'See your pen name.', ru: 'Видеть ваш псевдоним.' },
  sensitivity: 'low',
} as const;
const API = 'https://api.example/';
const SERVER = {
  identifier: API,
  title: { en: 'Orders', ru: 'Заказы' },
  accessTokenFormat: 'jwt',
  accessTokenLifetimeSeconds: 600,
} as const;

describe('the catalogue of permissions', () => {
  let nodes: TwoNodes;
  let actorId: string;

  const define = (name: string, claims: readonly string[] = ['nickname']): Promise<Scope> =>
    nodes.here.scopes.defineScope({ ...WORDS, actorId, name, claims });

  before(async () => {
    nodes = await openTwoNodes();
    actorId = '00000000-0000-4000-8000-000000000001';
  });
  after(() => nodes.close());

  it('has the standard scopes of OpenID Connect Core 5.4 in an empty database', async () => {
    const { dataScopes, claimsOf } = await nodes.here.scopes.catalogue();
    expect(dataScopes.map(({ name }) => name)).to.deep.equal([
      'openid',
      'profile',
      'email',
      'phone',
      'address',
      'offline_access',
    ]);
    expect(claimsOf('email')).to.deep.equal(['email', 'email_verified']);
    expect(claimsOf('phone')).to.deep.equal(['phone_number', 'phone_number_verified']);
    expect(claimsOf('address')).to.deep.equal(['address']);
    expect(claimsOf('profile')).to.have.length(14);
    expect(claimsOf('offline_access')).to.deep.equal([]);
  });

  it('has all texts in both languages', async () => {
    const { byName } = await nodes.here.scopes.catalogue();
    for (const { title, description } of byName.values()) {
      for (const text of [title.en, title['ru'], description.en, description['ru']]) {
        expect(text).to.match(/\S/);
      }
      expect(title['ru']).to.match(/[а-я]/i);
      expect(description.en).to.match(/\.$/);
    }
  });

  it('has the scopes of its own API, which need no resource indicator', async () => {
    const { accountScopes, apiScopes } = await nodes.here.scopes.catalogue();
    expect(accountScopes).to.deep.equal([
      'account:read',
      'account:write',
      'clients:manage',
      'scopes:manage',
    ]);
    expect(apiScopes.every(({ resource }) => resource === null)).to.equal(true);
  });

  it('requires decisions about claims, but not about their companions', async () => {
    const { permittedClaims } = await nodes.here.scopes.catalogue();
    expect(permittedClaims(['openid', 'email', 'phone', 'email'])).to.deep.equal([
      'email',
      'phone_number',
    ]);
    expect(permittedClaims(['profile'])).not.to.include('updated_at');
    expect(permittedClaims(['account:read', 'nobody'])).to.deep.equal([]);
  });

  it('shows a new scope on both nodes, a change as well, and drops a retired one but keeps its name', async () => {
    await nodes.there.scopes.catalogue();
    const created = await define('pen-name', ['nickname', 'email']);
    expect(created).to.deep.include({ claims: ['nickname', 'email', 'email_verified'] });
    const titleThere = async (): Promise<string | undefined> =>
      (await nodes.there.scopes.catalogue()).byName.get('pen-name')?.title.en;
    expect(await isTrueWithin(async () => (await titleThere()) === 'Your pen name')).to.equal(true);

    const title = { en: 'Your other name', ru: 'Ваше другое имя' };
    await nodes.there.scopes.changeScope({ actorId, name: 'pen-name', title });
    const claimsHere = async (): Promise<readonly string[]> =>
      (await nodes.here.scopes.catalogue()).claimsOf('pen-name');
    expect(await isTrueWithin(async () => (await titleThere()) === title.en)).to.equal(true);

    await nodes.here.scopes.retireScope({ actorId, name: 'pen-name' });
    expect(await isTrueWithin(async () => (await claimsHere()).length === 0)).to.equal(true);
    const after = await nodes.here.scopes.catalogue();
    expect(after.dataScopes.some(({ name }) => name === 'pen-name')).to.equal(false);
    expect(after.byName.get('pen-name')?.retiredAt).to.be.instanceOf(Date);
    expect(await codeOf(define('pen-name'))).to.equal('scope_name_taken');
    expect(await codeOf(define('PEN-NAME'))).to.equal('scope_name_taken');
  });

  it('refuses a data scope with unknown claims or without claims', async () => {
    expect(await fieldsOf(define('shoes', ['shoe_size']))).to.deep.equal({
      'claims.0': 'claim_unknown',
    });
    expect(await fieldsOf(define('nothing', []))).to.deep.equal({ claims: 'scope_without_claims' });
  });

  it('refuses texts that are missing in one language or contain hidden characters', async () => {
    const bad = nodes.here.scopes.defineScope({
      ...WORDS,
      actorId,
      name: 'pen-name',
      claims: ['nickname'],
      title: { en: ' ', ru: 'ok' },
      description: { en: 'a\u202eb', ru: 'x'.repeat(201) },
    });
    expect(await fieldsOf(bad)).to.deep.equal({
      'title.en': 'text_missing',
      'description.en': 'text_unprintable',
      'description.ru': 'text_too_long',
    });
  });

  it('does not let standard scopes be changed or retired', async () => {
    const change = nodes.here.scopes.changeScope({ actorId, name: 'email', sensitivity: 'low' });
    expect(await codeOf(change)).to.equal('scope_is_standard');
    const retire = nodes.here.scopes.retireScope({ actorId, name: 'account:read' });
    expect(await codeOf(retire)).to.equal('scope_is_standard');
  });

  it('has API scopes for registered APIs only, and retires them with the API', async () => {
    const orders = (): Promise<Scope> =>
      nodes.here.scopes.defineScope({ ...WORDS, actorId, name: 'orders:read', resource: API });
    expect(await fieldsOf(orders())).to.deep.equal({ resource: 'resource_server_unknown' });
    await nodes.here.scopes.defineResourceServer({ ...SERVER, actorId });
    await orders();
    const offered = async (): Promise<boolean> =>
      (await nodes.there.scopes.catalogue()).apiScopes.some(({ name }) => name === 'orders:read');
    expect(await isTrueWithin(offered)).to.equal(true);
    await nodes.here.scopes.changeResourceServer({ actorId, identifier: API, isRetired: true });
    expect(await isTrueWithin(async () => !(await offered()))).to.equal(true);
    const { byName } = await nodes.there.scopes.catalogue();
    expect(byName.get('orders:read')?.retiredAt).to.be.instanceOf(Date);
  });

  it('lets a JWT live 600 seconds at most, also when an opaque token lived longer', async () => {
    const identifier = 'https://slow.example/';
    const tooLong = { ...SERVER, identifier, actorId, accessTokenLifetimeSeconds: 601 };
    expect(await fieldsOf(nodes.here.scopes.defineResourceServer(tooLong))).to.deep.equal({
      accessTokenLifetimeSeconds: 'lifetime_too_long_for_jwt',
    });
    await nodes.here.scopes.defineResourceServer({
      ...tooLong,
      accessTokenFormat: 'opaque',
      accessTokenLifetimeSeconds: 3_600,
    });
    const change = nodes.here.scopes.changeResourceServer({
      actorId,
      identifier,
      accessTokenFormat: 'jwt',
    });
    expect(await fieldsOf(change)).to.deep.equal({
      accessTokenLifetimeSeconds: 'lifetime_too_long_for_jwt',
    });
  });

  for (const identifier of [
    'api.example',
    'http://api.example/',
    'https://api.example/#x',
    'https://user@api.example/',
    'https://API.example/',
    'https://api.example:443/',
    'javascript:alert(1)',
  ]) {
    it(`refuses ${identifier} as an API`, async () => {
      const server = nodes.here.scopes.defineResourceServer({ ...SERVER, actorId, identifier });
      expect(Object.keys(await fieldsOf(server))).to.deep.equal(['identifier']);
    });
  }
});

describe('names of scopes', () => {
  for (const name of [
    'orders:read',
    'pen-name',
    'https://api.example/orders.read',
    '!',
    'x'.repeat(100),
  ]) {
    it(`may be ${name.slice(0, 40)}`, () => {
      expect(scopeNameProblem(name)).to.equal(null);
    });
  }
  for (const name of [
    '',
    'two words',
    'quo"te',
    'back\\slash',
    'имя',
    'tab\t',
    '\u007f',
    'x'.repeat(101),
  ]) {
    it(`may not be ${JSON.stringify(name).slice(0, 40)} (RFC 6749 §3.3)`, () => {
      expect(scopeNameProblem(name)).to.equal('scope_name_invalid');
    });
  }
  for (const name of [
    'openid',
    'OpenID',
    'email',
    'account:delete',
    'Account:Read',
    'admin',
    'clients:x',
  ]) {
    it(`may not be ${name}, which is reserved for the server`, () => {
      expect(scopeNameProblem(name)).to.equal('scope_name_reserved');
    });
  }
});

async function failureOf(promise: Promise<unknown>): Promise<AppError | null> {
  return promise.then(
    () => null,
    (error: unknown) => error as AppError,
  );
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await failureOf(promise))?.code ?? 'no error';
}

async function fieldsOf(promise: Promise<unknown>): Promise<object> {
  return (await failureOf(promise))?.fields ?? {};
}
