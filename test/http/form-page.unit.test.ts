import { expect } from 'chai';
import { Type } from 'typebox';

import { errorPage } from '../../src/http/pages/error-page.ts';
import {
  formPage,
  redirect,
  render,
  success,
  typedText,
} from '../../src/http/routing/page-route.ts';
import { AppError } from '../../src/platform/app-error.ts';
import { formPost, openApp, type OpenApp } from './open-app.ts';

const routes = formPage({
  path: '/names/{kind}',
  access: 'public',
  params: Type.Object({ kind: Type.Enum(['first', 'last']) }),
  form: Type.Object({ name: Type.String({ minLength: 3, maxLength: 9 }) }),
  show: async ({ params, formErrors, formValues }) => {
    const detail = [params.kind, JSON.stringify(formErrors), typedText(formValues, 'name')];
    return render(errorPage, {
      status: 200,
      code: detail.join(' '),
      requestId: 'r',
      detail: 'shown',
    });
  },
  submit: async ({ form }) => {
    if (form.name === 'taken') {
      throw new AppError('conflict', 'email_taken', { fields: { name: 'email_taken' } });
    }
    return redirect('/', success('design:copy.done'));
  },
});

describe('A page with a form', () => {
  let app: OpenApp;
  let browser: { cookie: string; token: string };
  before(async () => {
    app = await openApp({ routes: [...routes] });
    browser = await app.visit();
  });
  after(() => app.close());

  const html = { accept: 'text/html' };
  const post = (name: string): Promise<Response> => {
    const fields = new URLSearchParams({ name, _csrf: browser.token });
    return app.fetch('/names/first', formPost(fields, { ...html, cookie: browser.cookie }));
  };

  it('is shown without errors at first', async () => {
    const response = await app.fetch('/names/last', { headers: html });
    expect(response.status).to.equal(200);
    expect(await response.text()).to.include('last null ');
  });

  it('is shown again with 422, the errors and the typed values', async () => {
    for (const [name, code] of [
      ['ab', 'too_short'],
      ['taken', 'email_taken'],
    ] as const) {
      const response = await post(name);
      expect(response.status, name).to.equal(422);
      expect(await response.text()).to.match(new RegExp(`first .*${code}.* ${name}`));
    }
  });

  it('takes a valid form', async () => {
    const response = await post('anna');
    expect(response.status).to.equal(303);
    expect(response.headers.get('location')).to.equal('/');
    expect(response.headers.getSetCookie().join()).to.include('consentry-flash=');
  });
});
