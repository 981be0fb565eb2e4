import { expect } from 'chai';
import { Type } from 'typebox';

import { Nothing, route } from '../../src/http/routing/route.ts';
import { AppError } from '../../src/platform/app-error.ts';
import { ana, jsonPost, openApp, type OpenApp } from './open-app.ts';
import { IdentifierParam } from '../../src/http/routing/path-parameters.ts';

const App = Type.Object({
  id: Type.String(),
  owner: Type.Object({ name: Type.String() }),
  uris: Type.Array(Type.Object({ uri: Type.String() })),
  icon: Type.Union([Type.Null(), Type.Object({ url: Type.String() })]),
});

const stored = {
  id: 'a1',
  secret: 'cs_secret',
  owner: { name: 'Ana', passwordHash: 'x' },
  uris: [{ uri: 'https://a.example', note: 'private' }],
  icon: { url: '/icon', path: '/var/icons' },
};

const routes = [
  route({
    method: 'get',
    path: '/api/v1/apps/{appId}',
    operationId: 'readApp',
    tag: 'Apps',
    summary: 'Read',
    access: 'public',
    params: Type.Object({ appId: IdentifierParam }),
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
      state: Type.Optional(Type.Array(Type.String({ maxLength: 10 }), { maxItems: 10 })),
    }),
    response: App,
    handle: async ({ params, query }) => ({
      ...stored,
      id: `${params.appId}/${typeof query.limit}/${String(query.state?.length)}`,
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/apps',
    operationId: 'createApp',
    tag: 'Apps',
    summary: 'Create',
    access: 'public',
    body: Type.Object({
      name: Type.String({ minLength: 1, maxLength: 10 }),
      age: Type.Optional(Type.Integer({ minimum: 0, maximum: 200 })),
      settings: Type.Optional(Type.Object({ color: Type.String({ maxLength: 10 }) })),
    }),
    response: Type.Object({ name: Type.String() }),
    status: 201,
    location: ({ name }) => `/api/v1/apps/${name}`,
    handle: async ({ body }) => body,
  }),
  route({
    method: 'delete',
    path: '/api/v1/apps/{appId}',
    operationId: 'removeApp',
    tag: 'Apps',
    summary: 'Remove',
    access: 'public',
    params: Type.Object({ appId: IdentifierParam }),
    response: Nothing,
    handle: async () => undefined,
  }),
  route({
    method: 'get',
    path: '/api/v1/broken',
    operationId: 'breakApp',
    tag: 'Apps',
    summary: 'Break',
    access: 'public',
    response: Type.Object({ id: Type.String() }),
    handle: async () => ({ id: 7 }) as unknown as { id: string },
  }),
  route({
    method: 'get',
    path: '/api/v1/failing',
    operationId: 'failApp',
    tag: 'Apps',
    summary: 'Fail',
    access: 'public',
    query: Type.Object({ kind: Type.String({ maxLength: 10 }) }),
    response: Nothing,
    handle: async ({ query }) => {
      if (query.kind === 'bug') throw new TypeError('cannot read ana@example.org');
      throw new AppError('unavailable', 'database_unavailable', { detail: 'port 5432 is closed' });
    },
  }),
];

describe('An API route', () => {
  let app: OpenApp;
  before(async () => (app = await openApp({ routes, callers: { ana } })));
  after(() => app.close());

  it('sends only declared fields, at every depth', async () => {
    const response = await app.fetch('/api/v1/apps/7');
    expect(response.status).to.equal(200);
    expect(await response.json()).to.deep.equal({
      id: '7/undefined/undefined',
      owner: { name: 'Ana' },
      uris: [{ uri: 'https://a.example' }],
      icon: { url: '/icon' },
    });
  });

  it('responds 500 instead of sending a result that does not match its schema', async () => {
    const response = await app.fetch('/api/v1/broken');
    expect(response.status).to.equal(500);
    expect(await response.json()).to.include({ code: 'internal_error' });
    expect(app.log.some(({ level }) => level === 'error')).to.equal(true);
  });

  it('coerces query values and accepts one value for a list', async () => {
    const response = await app.fetch('/api/v1/apps/7?limit=5&state=on');
    expect(await response.json()).to.include({ id: '7/number/1' });
  });

  for (const [query, field, code] of [
    ['limit=0', 'limit', 'too_small'],
    ['limit=x', 'limit', 'wrong_type'],
    ['limit=1&limit=2', 'limit', 'wrong_type'],
    ['admin=1', 'admin', 'unknown_field'],
  ] as const) {
    it(`refuses the query ${query} and names the field`, async () => {
      const response = await app.fetch(`/api/v1/apps/7?${query}`);
      expect(response.status).to.equal(400);
      const problem = (await response.json()) as { fields: object };
      expect(problem.fields).to.deep.equal({ [field]: code });
    });
  }

  for (const [body, fields] of [
    [{ name: 'x', isAdministrator: true }, { isAdministrator: 'unknown_field' }],
    [{ name: 'x', settings: { color: 'red', owner: 'me' } }, { 'settings.owner': 'unknown_field' }],
    [{ name: '' }, { name: 'required' }],
    [{}, { name: 'required' }],
    [{ name: 'x'.repeat(11) }, { name: 'too_long' }],
    [{ name: 'x', age: '7' }, { age: 'wrong_type' }],
  ] as const) {
    it(`refuses the body ${JSON.stringify(body).slice(0, 60)} with a code for each field`, async () => {
      const response = await app.fetch('/api/v1/apps', jsonPost(body));
      expect(response.status).to.equal(400);
      expect(response.headers.get('content-type')).to.equal('application/problem+json');
      const problem = (await response.json()) as { code: string; fields: object };
      expect(problem.code).to.equal('body_invalid');
      expect(problem.fields).to.deep.equal(fields);
    });
  }

  it('refuses __proto__ like any other field', async () => {
    const body = '{"name":"x","__proto__":{"isAdministrator":true}}';
    const response = await app.fetch('/api/v1/apps', jsonPost(body));
    expect(response.status).to.equal(400);
    expect(await response.text()).to.include('"__proto__":"unknown_field"');
  });

  it('refuses text that cannot be stored, in paths, queries and bodies', async () => {
    const status = async (path: string, init?: RequestInit): Promise<number> =>
      (await app.fetch(path, init)).status;
    expect(await status('/api/v1/apps', jsonPost(String.raw`{"name":"a\u0000"}`))).to.equal(400);
    expect(await status('/api/v1/apps/7?state=%00')).to.equal(400);
    expect(await status('/api/v1/apps', jsonPost(String.raw`{"name":"\ud800"}`))).to.equal(400);
    expect(await status('/api/v1/apps', jsonPost('{"name":"a","age":1e309}'))).to.equal(400);
    expect(await status('/api/v1/apps/a%00b')).to.equal(404);
  });

  it('responds 201 with the Location of the new object', async () => {
    const response = await app.fetch('/api/v1/apps', jsonPost({ name: 'shop' }));
    expect(response.status).to.equal(201);
    expect(response.headers.get('location')).to.equal('/api/v1/apps/shop');
  });

  it('responds 204 without a body for an operation without a result', async () => {
    const response = await app.fetch('/api/v1/apps/7', { method: 'DELETE' });
    expect(response.status).to.equal(204);
    expect(await response.text()).to.equal('');
  });

  it('refuses broken JSON, other types, encoded and oversized bodies', async () => {
    const status = async (init: RequestInit): Promise<number> =>
      (await app.fetch('/api/v1/apps', init)).status;
    expect(await status(jsonPost('{"name":'))).to.equal(400);
    expect(await status(jsonPost('[]'))).to.equal(400);
    expect(await status({ method: 'POST', body: 'name=x' })).to.equal(415);
    expect(await status(jsonPost({ name: 'x' }, { 'content-encoding': 'gzip' }))).to.equal(415);
    expect(await status(jsonPost({ name: 'x'.repeat(57 * 1024) }))).to.equal(413);
  });

  it('refuses an oversized body whose length is not announced', async () => {
    const chunk = new TextEncoder().encode(' '.repeat(16 * 1024));
    let sent = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        sent += 1;
        if (sent > 64) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const init = { ...jsonPost(''), body, duplex: 'half' } as RequestInit;
    const outcome = await app.fetch('/api/v1/apps', init).then(
      (response) => response.status,
      () => 'closed',
    );
    expect(outcome).to.be.oneOf([413, 'closed']);
  });

  it('refuses deeply nested bodies and bodies with many fields within 1.5 s', async () => {
    const startedAt = performance.now();
    const deep = `{"name":${'['.repeat(25_000)}${']'.repeat(25_000)}}`;
    expect((await app.fetch('/api/v1/apps', jsonPost(deep))).status).to.equal(400);
    const many = `{${Array.from({ length: 5_000 }, (_, n) => `"f${String(n)}":1`).join(',')}}`;
    expect((await app.fetch('/api/v1/apps', jsonPost(many))).status).to.equal(400);
    expect(performance.now() - startedAt).to.be.below(1_500);
  });

  it('responds 405 with the allowed methods of the path', async () => {
    const response = await app.fetch('/api/v1/apps/7', { method: 'PUT' });
    expect(response.status).to.equal(405);
    expect(response.headers.get('allow')).to.equal('DELETE, GET, HEAD');
  });

  it('responds 404 as problem+json below /api, and as a page elsewhere', async () => {
    const html = { accept: 'text/html' };
    const inApi = await app.fetch('/api/v1/nothing', { headers: html });
    expect(inApi.status).to.equal(404);
    expect(inApi.headers.get('content-type')).to.equal('application/problem+json');
    const elsewhere = await app.fetch('/nothing', { headers: html });
    expect(elsewhere.status).to.equal(404);
    expect(elsewhere.headers.get('content-type')).to.equal('text/html; charset=utf-8');
  });

  it('returns only the request id for an unexpected error', async () => {
    const response = await app.fetch('/api/v1/failing?kind=bug');
    const text = await response.text();
    expect(response.status).to.equal(500);
    expect(text).to.include(response.headers.get('x-request-id')).and.not.include('ana@');
  });

  it('reports an outage as 503 with Retry-After', async () => {
    const response = await app.fetch('/api/v1/failing?kind=outage');
    expect(response.status).to.equal(503);
    expect(response.headers.get('retry-after')).to.equal('2');
    expect(await response.json()).to.include({ detail: 'port 5432 is closed' });
  });

  it('omits error details outside development', async () => {
    const live = await openApp({ routes, settings: { isDevelopment: false } });
    const response = await live.fetch('/api/v1/failing?kind=outage');
    await live.close();
    expect(await response.json()).to.not.have.property('detail');
  });
});
