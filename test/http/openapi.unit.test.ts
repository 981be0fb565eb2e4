import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { Type, type TSchema } from 'typebox';

import { buildOpenApi } from '../../src/http/routing/openapi.ts';
import { Nothing, route } from '../../src/http/routing/route.ts';
import { openApp } from './open-app.ts';
import { IdentifierParam } from '../../src/http/routing/path-parameters.ts';

const routes = [
  route({
    method: 'post',
    path: '/api/v1/clients/{clientId}/secrets',
    operationId: 'addSecret',
    tag: 'Apps',
    summary: 'Add a secret',
    description: 'Shown once.',
    access: 'person',
    scope: 'clients:manage',
    params: Type.Object({ clientId: IdentifierParam }),
    query: Type.Object({ dry: Type.Optional(Type.Boolean()) }),
    body: Type.Object({ name: Type.String({ maxLength: 10 }) }),
    response: Type.Object({
      secret: Type.String(),
      until: Type.Union([Type.String(), Type.Null()]),
    }),
    status: 201,
    location: () => '/x',
    errorCodes: { 409: ['too_many_secrets'] },
    limit: { points: 5, perSeconds: 60 },
    handle: async () => ({ secret: 's', until: null }),
  }),
  route({
    method: 'delete',
    path: '/api/v1/session',
    operationId: 'endSession',
    tag: 'Account',
    summary: 'Sign out',
    access: 'person',
    response: Nothing,
    handle: async () => undefined,
  }),
];

interface Operation {
  readonly responses: Record<string, object>;
  readonly security: readonly object[];
  readonly parameters: readonly { name: string; in: string; required: boolean }[];
}

describe('The OpenAPI document', () => {
  const document = buildOpenApi(routes, {
    title: 'A server',
    description: 'For tests.',
    sessionCookie: 'session',
  });
  const paths = document['paths'] as Record<string, Record<string, Operation>>;

  it('is OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result.errors).to.equal(undefined);
    expect(validator.version).to.equal('3.1');
  });

  it('documents every status, the callers and the input', () => {
    const operation = paths['/api/v1/clients/{clientId}/secrets']?.['post'];
    expect(Object.keys(operation?.responses ?? {})).to.have.members([
      '201',
      '400',
      '401',
      '403',
      '404',
      '409',
      '413',
      '415',
      '429',
      '500',
      '503',
    ]);
    expect(operation?.security).to.deep.equal([{ session: [] }, { bearer: ['clients:manage'] }]);
    const places = operation?.parameters.map(({ name, in: place, required }) => [
      name,
      place,
      required,
    ]);
    expect(places).to.deep.equal([
      ['clientId', 'path', true],
      ['dry', 'query', false],
    ]);
    expect(JSON.stringify(operation))
      .to.include('"additionalProperties":false')
      .and.include('too_many_secrets');
  });

  it('lists no bearer token for an operation without a scope', () => {
    expect(paths['/api/v1/session']?.['delete']?.security).to.deep.equal([{ session: [] }]);
  });

  it('is served unchanged, and listed on a page without scripts', async () => {
    const app = await openApp({ routes });
    const served = await app.fetch('/openapi.json');
    const page = await (await app.fetch('/docs')).text();
    await app.close();
    expect(await served.json()).to.deep.equal(document);
    expect(page).to.include('/api/v1/clients/{clientId}/secrets').and.include('Add a secret');
  });

  it('refuses two operations with the same name or path', async () => {
    const twice = await openApp({ routes: [...routes, ...routes] }).then(
      () => 'started',
      (error: Error) => error.message,
    );
    expect(twice).to.match(/declared twice/);
  });

  it('refuses schemas with allOf', async () => {
    const vague = Type.Intersect([
      Type.Object({ a: Type.String() }),
      Type.Object({ b: Type.String() }),
    ]);
    const bad = route({
      method: 'post',
      path: '/api/v1/vague',
      operationId: 'vague',
      tag: 'T',
      summary: 's',
      access: 'public',
      body: Type.Object({ vague }),
      response: Nothing,
      handle: async () => undefined,
    });
    const outcome = await openApp({ routes: [bad] }).then(
      () => 'started',
      (error: Error) => error.message,
    );
    expect(outcome).to.match(/allOf is not supported/);
  });

  it('refuses input schemas without a bound', () => {
    const declare = (member: TSchema) => () =>
      route({
        method: 'post',
        path: '/api/v1/unbounded',
        operationId: 'unbounded',
        tag: 'T',
        summary: 's',
        access: 'public',
        body: Type.Object({ member }),
        response: Nothing,
        handle: async () => undefined,
      });
    const bounded = Type.String({ maxLength: 5 });
    for (const open of [
      Type.String(),
      Type.Integer({ minimum: 0 }),
      Type.Number({ maximum: 5 }),
      Type.Array(bounded),
      Type.Array(Type.String(), { maxItems: 5 }),
      Type.Record(Type.String(), bounded),
      Type.Union([bounded, Type.String()]),
      Type.Unknown(),
    ]) {
      expect(declare(open)).to.throw(/^post \/api\/v1\/unbounded: member(\[\])? has no bound$/);
    }
    expect(declare(Type.Object({ inner: Type.String() }))).to.throw('member.inner has no bound');
    for (const closed of [bounded, Type.Enum(['a']), Type.Null(), Type.Boolean()])
      expect(declare(closed)).not.to.throw();
  });
});
