import { expect } from 'chai';
import { Type } from 'typebox';

import { compileForm } from '../../src/http/routing/input-validation.ts';
import { errorPage } from '../../src/http/pages/error-page.ts';
import {
  formAction,
  notFound,
  pageRoute,
  redirect,
  render,
} from '../../src/http/routing/page-route.ts';
import { openApp, type OpenApp } from './open-app.ts';

const JSON_ONLY = { accept: 'application/json' };

const routes = [
  pageRoute({
    method: 'get',
    path: '/things/{n}',
    access: 'public',
    params: Type.Object({ n: Type.Integer({ minimum: 0, maximum: 9 }) }),
    handle: async () => notFound(),
  }),
  formAction({
    path: '/things',
    access: 'public',
    form: Type.Object({ name: Type.String({ maxLength: 10 }) }),
    show: async ({ formErrors: { name: code = '' } }) =>
      render(errorPage, { status: 422, code, requestId: 'r', detail: '' }),
    submit: async () => redirect('/done'),
  }),
  formAction({
    path: '/pictures',
    access: 'public',
    form: Type.Object({}),
    file: { name: 'picture', maxBytes: 1_000 },
    show: async () => redirect('/refused'),
    submit: async () => redirect('/done'),
  }),
];

describe('A failure of a page', () => {
  let app: OpenApp;

  before(async () => {
    app = await openApp({ routes });
  });

  after(() => app.close());

  const codeOf = async (path: string, init: RequestInit = {}): Promise<string> => {
    const answer = await app.fetch(path, { ...init, headers: { ...JSON_ONLY, ...init.headers } });
    const { code, status } = (await answer.json()) as { code: string; status: number };
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    expect(status).to.equal(answer.status);
    return `${String(status)} ${code}`;
  };

  it('has a stable code: unknown address', async () => {
    expect(await codeOf('/things/3')).to.equal('404 page_not_found');
    expect(await codeOf('/things/300')).to.equal('404 page_not_found');
    expect(await codeOf('/nothing')).to.equal('404 not_found');
  });

  it('has a stable code: method not allowed', async () => {
    expect(await codeOf('/things/3', { method: 'DELETE' })).to.equal('405 method_not_allowed');
  });

  it('has a stable code: form without a CSRF token', async () => {
    const body = new URLSearchParams({ name: 'x' });
    expect(await codeOf('/things', { method: 'POST', body })).to.equal('403 form_expired');
  });

  it('has a stable code: body that is not a form', async () => {
    const typed = (type: string, body: string) =>
      codeOf('/pictures', { method: 'POST', body, headers: { 'content-type': type } });
    expect(await typed('text/plain', 'x')).to.equal('415 media_type_unsupported');
    expect(await typed('multipart/form-data; boundary=x', 'no part')).to.equal(
      '400 form_unreadable',
    );
  });
});

describe('A form', () => {
  it('that does not match its schema is refused with the code of each field', () => {
    const check = compileForm(Type.Object({ name: Type.String() }));
    expect(() => check({}))
      .to.throw('form_invalid')
      .with.deep.property('fields', { name: 'required' });
  });
});
