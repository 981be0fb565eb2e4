import { expect } from 'chai';

import {
  listSigningKeys,
  withdrawSigningKey,
} from '../../src/platform/keys/signing-key-rotation.ts';
import { cutOff } from '../support/people/cut-off.ts';
import { waitFor } from '../support/wait-for.ts';
import { JWT_API, OPAQUE_API } from './fast-path-scene.ts';
import { identityOf } from './gateway-scene.ts';
import { openVerifyScene, SITE_APIS, type VerifyInput, type VerifyScene } from './verify-scene.ts';

const WITHIN_MS = 1_000;
const PAGE = ['Accept: text/html', 'X-Forwarded-Method: GET', 'X-Forwarded-Uri: /a?b=c&d'];
const SIGN_IN = 'http://localhost:9/.consentry/sign-in?to=';

describe('Checks of a gateway', function () {
  this.timeout(120_000);
  let scene: VerifyScene;

  before(async () => {
    scene = await openVerifyScene();
  });
  after(() => scene?.stop());

  /** The answers of the fast path and of the route, which have to be the same. */
  const verify = async (input: VerifyInput) => {
    const [fast, route] = [
      await scene.verify({ ...input, node: 0 }),
      await scene.verify({ ...input, node: 1 }),
    ];
    expect(linesOf(fast.head)).to.deep.equal(linesOf(route.head));
    expect(bodyOf(fast.body)).to.equal(bodyOf(route.body));
    return fast;
  };
  const expectRefused = async (token: string): Promise<void> => {
    const answer = await verify({ token });
    expect(answer.status).to.equal(401);
    expect(answer.json).to.include({ access: false, code: 'invalid_token' });
    expect(answer.headers.get('www-authenticate')).to.equal('Bearer error="invalid_token"');
    expect(answer.head).to.not.match(/^consentry-/im);
  };

  for (const [format, resource] of Object.entries(SITE_APIS)) {
    it(`allow a token of another app for an API behind the gateway: ${format}`, async () => {
      const { accessToken, person, app } = await scene.tokensOf({ resource });
      const answer = await verify({ token: accessToken });
      expect(answer.status).to.equal(200);
      expect(answer.json).to.include({
        access: true,
        sub: person.accountId,
        client_id: app.clientId,
        scope: `wiki:${format}`,
      });
      expect(answer.json['roles']).to.deep.equal([]);
      expect(answer.headers.get('consentry-subject')).to.equal(person.accountId);
      expect(answer.headers.get('consentry-scope')).to.equal(`wiki:${format}`);
      expect(answer.headers.get('cache-control')).to.equal('no-store');
    });

    it(`allow a token of a machine for such an API, without a subject: ${format}`, async () => {
      const form = { resource, scope: `wiki:${format}` };
      const answer = await verify({ token: await scene.machineToken(form) });
      expect(answer.status).to.equal(200);
      expect(answer.json).to.not.have.any.keys('sub', 'auth_time', 'acr');
      expect(answer.headers.get('consentry-subject')).to.equal('');
    });

    it(`refuse a token within a second after its person was cut off: ${format} (K-03)`, async () => {
      const { accessToken, person } = await scene.tokensOf({ resource });
      expect((await verify({ token: accessToken })).status).to.equal(200);
      await cutOff(scene.fast.connected, person.accountId);
      for (const node of [0, 1] as const) {
        await waitFor(
          'the refusal',
          async () => (await scene.verify({ token: accessToken, node })).status === 401,
          WITHIN_MS,
        );
      }
      await expectRefused(accessToken);
    });
  }

  it('allow a token of the app of the gateway itself, with the sign-in behind it', async () => {
    const { accessToken } = await scene.tokensOf({ app: scene.gateway, scope: 'openid' });
    const answer = await verify({ token: accessToken });
    expect(answer.json).to.include({ access: true, acr: 'urn:consentry:acr:one-factor' });
    expect(answer.json['auth_time']).to.be.closeTo(Date.now() / 1000, 60);
  });

  it('refuse every other token', async () => {
    const own = await scene.tokensOf({ app: scene.gateway });
    const other = await scene.tokensOf({});
    const tokens = {
      'another app, no API': other.accessToken,
      'another API, opaque': (await scene.tokensOf({ resource: OPAQUE_API })).accessToken,
      'another API, JWT': (await scene.tokensOf({ resource: JWT_API })).accessToken,
      'machine, another API': await scene.machineToken({
        resource: OPAQUE_API,
        scope: 'orders:read',
      }),
      'machine, no API': await scene.machineToken({}),
      'own app, another API': (await scene.tokensOf({ app: scene.gateway, resource: OPAQUE_API }))
        .accessToken,
      'own app, no person': await scene.machineToken({}, scene.gateway),
      'refresh token': own.refreshToken,
      'ID token': own.idToken,
      'used code': own.code,
      'changed token': `${own.accessToken.slice(0, -2)}AA`,
      nothing: 'x',
    };
    for (const [name, token] of Object.entries(tokens)) {
      expect(token, name).to.be.a('string').that.is.not.empty;
      await expectRefused(token);
    }
  });

  it('do not fall back to the cookie of a request with a token', async () => {
    const answer = await verify({
      token: 'x',
      headers: [...PAGE, 'Cookie: consentry-gateway=abc'],
    });
    expect(answer.status).to.equal(401);
    expect(answer.headers.has('location')).to.equal(false);
  });

  it('need the permissions that the gateway names', async () => {
    const { accessToken: token } = await scene.tokensOf({ resource: SITE_APIS.opaque });
    const allowed = await verify({ path: '/verify?scope=wiki:opaque', token });
    expect(allowed.status).to.equal(200);
    const answer = await verify({ path: '/verify?scope=wiki:opaque%20wiki:edit', token });
    expect(answer.status).to.equal(403);
    expect(answer.json).to.include({ access: false, code: 'insufficient_scope' });
    expect(answer.headers.get('www-authenticate')).to.equal(
      'Bearer error="insufficient_scope", scope="wiki:opaque wiki:edit"',
    );
  });

  it('refuse a token for an API without a permission', async () => {
    const input = { resource: SITE_APIS.opaque, isAllowed: false };
    const { accessToken: token } = await scene.tokensOf(input);
    const answer = await verify({ token });
    expect([answer.status, answer.json['code']]).to.deep.equal([403, 'insufficient_scope']);
  });

  it('lead browsers to the sign-in, and programs nowhere', async () => {
    const to = `${SIGN_IN}${encodeURIComponent('/a?b=c&d')}`;
    const page = await verify({ headers: PAGE });
    expect([page.status, page.headers.get('location')]).to.deep.equal([401, to]);
    const redirect = await verify({ path: '/verify?redirect=true', headers: PAGE });
    expect([redirect.status, redirect.headers.get('location')]).to.deep.equal([303, to]);
    const sent = await verify({
      headers: ['Accept: text/html', 'X-Forwarded-Method: POST', 'X-Forwarded-Uri: /a'],
    });
    expect(sent.headers.get('location')).to.equal(`${SIGN_IN}%2F`);
    for (const headers of [[], ['Accept: application/json'], [...PAGE, 'Sec-Fetch-Mode: cors']]) {
      const program = await verify({ path: '/verify?redirect=true', headers });
      expect([program.status, program.headers.get('location')]).to.deep.equal([401, null]);
      expect(program.headers.get('www-authenticate')).to.equal('Bearer');
    }
  });

  it('take the site from the registration, whatever the headers name (R-26)', async () => {
    const spoofed = [
      ...PAGE,
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Proto: javascript',
      'X-Forwarded-Prefix: //evil.example',
      'X-Original-URL: https://evil.example/',
      'X-Original-URI: //evil.example/',
      'X-Rewrite-URL: //evil.example/',
      'Forwarded: host=evil.example;proto=https',
    ];
    const answer = await verify({ headers: spoofed });
    expect(answer.headers.get('location')).to.equal(`${SIGN_IN}${encodeURIComponent('/a?b=c&d')}`);
    for (const uri of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example/',
      '/.consentry/callback?code=1',
    ]) {
      const headers = ['Accept: text/html', `X-Forwarded-Uri: ${uri}`];
      expect((await verify({ headers })).headers.get('location')).to.equal(`${SIGN_IN}%2F`);
    }
  });

  it('answer callers that are no gateway alike, whatever they present', async () => {
    const { accessToken, app } = await scene.tokensOf({ app: scene.gateway });
    const { clientId, clientSecret } = await scene.register({});
    const callers = [
      {},
      identityOf(app.clientId, 'wrong'),
      identityOf(clientId, clientSecret),
      identityOf('app_unknown', 'wrong'),
      { 'consentry-gateway': `Bearer ${accessToken}` },
    ];
    const bodies = new Set<string>();
    for (const identity of callers) {
      for (const token of [accessToken, 'x']) {
        const answer = await verify({ identity, token, headers: PAGE });
        expect(answer.status).to.equal(403);
        expect(answer.headers.has('location')).to.equal(false);
        bodies.add(bodyOf(answer.body));
      }
    }
    expect(bodies.size).to.equal(1);
    expect(JSON.parse([...bodies][0] ?? '')).to.include({ code: 'gateway_unknown', access: false });
  });

  it('refuse a JWT on every node within a second after its key was withdrawn (K-03)', async () => {
    const { accessToken: token } = await scene.tokensOf({ resource: SITE_APIS.jwt });
    expect((await verify({ token })).status).to.equal(200);
    const { connected } = scene.fast;
    const current = (await listSigningKeys(connected)).find(
      ({ alg, status }) => alg === 'ES256' && status === 'current',
    );
    await withdrawSigningKey({ ...connected, rotationDays: 0 }, { kid: current?.kid ?? '' });
    for (const node of [0, 1] as const) {
      await waitFor(
        'the refusal',
        async () => (await scene.verify({ token, node })).status === 401,
        WITHIN_MS,
      );
    }
  });
});

/** Header lines without those that differ between two answers; their order has no meaning. */
function linesOf(head: string): string[] {
  return head
    .split('\r\n')
    .filter((line) => !/^(?:x-request-id|date):/i.test(line))
    .map((line) => line.toLowerCase())
    .toSorted();
}

function bodyOf(body: string): string {
  return body.replace(/"requestId":"[^"]+"/, '"requestId":""');
}
