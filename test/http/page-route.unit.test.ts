import { expect } from 'chai';
import { parse } from 'node-html-parser';
import { Type } from 'typebox';

import { errorPage } from '../../src/http/pages/error-page.ts';
import {
  download,
  formAction,
  leave,
  notFound,
  pageRoute,
  redirect,
  render,
} from '../../src/http/routing/page-route.ts';
import { sitePath } from '../../src/http/pages/site-path.ts';
import { AppError } from '../../src/platform/app-error.ts';
import { formPost, openApp, type OpenApp } from './open-app.ts';
import { errorSample } from './page-samples.ts';

const show = (code: string) =>
  render(errorPage, { status: 200, code, requestId: 'r', detail: 'shown' });

const routes = [
  pageRoute({
    method: 'get',
    path: '/numbers/{n}',
    access: 'public',
    params: Type.Object({ n: Type.Integer({ minimum: 0, maximum: 99 }) }),
    query: Type.Object({ page: Type.Optional(Type.Integer({ minimum: 0, maximum: 99 })) }),
    handle: async ({ params, query }) => show(`${typeof params.n} ${typeof query.page}`),
  }),
  pageRoute({
    method: 'get',
    path: '/numbers/new',
    access: 'public',
    handle: async () => show('fixed'),
  }),
  pageRoute({
    method: 'get',
    path: '/kinds/{kind}',
    access: 'public',
    params: Type.Object({ kind: Type.String({ pattern: '^[^\\0]+$' }) }),
    handle: async ({ params }) => {
      if (params.kind === 'missing') return notFound();
      if (params.kind === 'file') {
        return download({ fileName: 'a b.csv', contentType: 'text/csv', body: 'a,b' });
      }
      // Bypasses the type, as a mistake would.
      return redirect(params.kind as '/');
    },
  }),
  pageRoute({
    method: 'get',
    path: '/form-target',
    access: 'public',
    handle: async () => render(errorPage, errorSample, { formTargets: 'anywhere' }),
  }),
  pageRoute({
    method: 'get',
    path: '/away',
    access: 'public',
    query: Type.Object({
      to: Type.String({ maxLength: 900 }),
      name: Type.Optional(Type.String({ maxLength: 99 })),
    }),
    handle: async ({ query }) => leave(query.to, query.name ?? null),
  }),
  formAction({
    path: '/emails',
    access: 'public',
    form: Type.Object({
      email: Type.String({ minLength: 3, maxLength: 2_000 }),
      label: Type.Optional(Type.String({ minLength: 2, maxLength: 9 })),
      tags: Type.Optional(Type.Array(Type.String({ maxLength: 9 }), { maxItems: 9 })),
    }),
    show: async ({ formErrors, formValues }) =>
      show(JSON.stringify({ formErrors, was: formValues['email'] })),
    submit: async ({ form }) => {
      if (form.email === 'taken')
        throw new AppError('conflict', 'email_taken', { fields: { email: 'email_taken' } });
      if (form.email === 'wrong') throw new AppError('invalid', 'email_wrong');
      if (form.email === 'locked') throw new AppError('forbidden', 'account_locked');
      return redirect(sitePath`/done?${`${String(form.tags?.length)}${String(form.label)}`}`, {
        flash: { kind: 'good', message: 'design:copy.done' },
      });
    },
  }),
  pageRoute({
    method: 'post',
    path: '/answered-with-a-page',
    access: 'public',
    // @ts-expect-error An accepted post cannot answer with a page.
    handle: async () => show('lost by a reload'),
  }),
  formAction({
    path: '/form-answered-with-a-page',
    access: 'public',
    form: Type.Object({}),
    show: async () => show('refused'),
    // @ts-expect-error The same for a post with fields.
    submit: async () => show('lost by a reload'),
  }),
];

describe('A page route', () => {
  let app: OpenApp;
  let browser: { cookie: string; token: string };
  before(async () => {
    app = await openApp({ routes });
    browser = await app.visit();
  });
  after(() => app.close());

  const html = { accept: 'text/html' };
  const read = async (path: string): Promise<string> =>
    (await app.fetch(path, { headers: html })).text();
  const send = (
    fields: Record<string, string> | URLSearchParams,
    headers: Record<string, string> = {},
  ): Promise<Response> => {
    const all = new URLSearchParams(fields);
    all.set('_csrf', browser.token);
    return app.fetch('/emails', formPost(all, { ...html, cookie: browser.cookie, ...headers }));
  };

  it('decodes its path, ignores unknown query names, and drops invalid values', async () => {
    expect(await read('/numbers/7?page=2&utm=x')).to.include('number number');
    expect(await read('/numbers/7?page=two')).to.include('number undefined');
    expect((await app.fetch('/numbers/seven', { headers: html })).status).to.equal(404);
  });

  it('prefers a fixed path to one with a parameter', async () => {
    expect(await read('/numbers/new')).to.include('fixed');
  });

  it('responds 400 or 404 to a malformed path', async () => {
    for (const path of ['/numbers/%E0%A4%A', '/kinds/%00', '/numbers/7/', '/NUMBERS/7']) {
      expect((await app.fetch(path, { headers: html })).status, path).to.be.oneOf([400, 404]);
    }
  });

  it('redirects only to paths of this site', async () => {
    const location = async (kind: string): Promise<string | null> =>
      (await app.fetch(`/kinds/${encodeURIComponent(kind)}`, { headers: html })).headers.get(
        'location',
      );
    expect(await location('/account')).to.equal('/account');
    expect(await location('http://id.example/auth/x?y=1')).to.equal('/auth/x?y=1');
    const bad = ['//evil.example', '/\\evil.example', 'https:evil.example', 'javascript:alert(1)'];
    for (const target of [
      ...bad,
      'https://evil.example/',
      'http://id.example.evil/',
      '/a\r\nX-Y: z',
    ]) {
      expect(await location(target), target).to.equal(null);
    }
  });

  it('sends files as attachments, and the 404 page for missing objects', async () => {
    const file = await app.fetch('/kinds/file');
    expect(file.headers.get('content-disposition')).to.equal('attachment; filename="a b.csv"');
    expect((await app.fetch('/kinds/missing', { headers: html })).status).to.equal(404);
  });

  const policyOf = async (path: string): Promise<string> =>
    (await app.fetch(path)).headers.get('content-security-policy') ?? '';

  it('restricts form-action to this site, unless its form leads to an app', async () => {
    expect(await policyOf('/numbers/new')).to.match(/; form-action 'self'$/);
    const open = await policyOf('/form-target');
    expect(open).to.not.include('form-action');
    expect(`${open}; form-action 'self'`).to.equal(await policyOf('/numbers/new'));
  });

  it('leads to another site by a page with a link and no redirect', async () => {
    const cases = [
      ['https://bookshop.example/cb?code=a&state=b', 'bookshop.example'],
      ['https://bookshop.example/cb#code=a', 'bookshop.example'],
      ['http://localhost:4000/cb?x="\'', 'localhost:4000'],
      ['com.example.app:/cb?code=a', 'com.example.app'],
      ['com.example.app://done/ж', 'com.example.app'],
    ] as const;
    for (const [to, host] of cases) {
      const answer = await app.fetch(`/away?to=${encodeURIComponent(to)}`, { headers: html });
      const { href } = new URL(to);
      expect(answer.status, to).to.equal(200);
      expect(answer.headers.get('location'), to).to.equal(null);
      expect(answer.headers.get('refresh'), to).to.equal(`0; url=${href}`);
      expect(answer.headers.get('cache-control'), to).to.equal('no-store');
      expect(answer.headers.get('referrer-policy'), to).to.equal('no-referrer');
      expect(answer.headers.get('content-security-policy'), to).to.include("form-action 'self'");
      const document = parse(await answer.text());
      expect(document.querySelector('main a')?.getAttribute('href'), to).to.equal(href);
      expect(document.querySelector('h1')?.text, to).to.equal(`Opening ${host}`);
    }
  });

  it('never leads to a script, data or file address', async () => {
    const bad = ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', '/account', 'x'];
    for (const to of bad) {
      const answer = await app.fetch(`/away?to=${encodeURIComponent(to)}`, { headers: html });
      expect(answer.status, to).to.equal(500);
      expect(answer.headers.get('refresh'), to).to.equal(null);
    }
  });

  it('accepts its form, with empty optional fields as absent and a single value as a list', async () => {
    const response = await send({ email: 'ana@example.org', label: '', tags: 'a' });
    expect(response.status).to.equal(303);
    expect(response.headers.get('location')).to.equal('/done?1undefined');
  });

  it('shows a flash once', async () => {
    const [flash = ''] = (await send({ email: 'ana@example.org' })).headers.getSetCookie();
    const shown = await app.fetch('/design', { headers: { cookie: flash.split(';')[0] ?? '' } });
    expect(await shown.text()).to.include('class="flash flash-good" role="status"');
    expect(shown.headers.getSetCookie().join()).to.match(/consentry-flash=;.*Max-Age=0/);
  });

  it('shows no flash with a wrong signature', async () => {
    const forged = Buffer.from('{"kind":"good","message":"design:brand"}').toString('base64url');
    const cookie = `consentry-flash=${forged}.${'A'.repeat(43)}`;
    const text = await (await app.fetch('/form-target', { headers: { cookie } })).text();
    expect(text).to.not.include('class="flash');
  });

  for (const [title, fields, expected] of [
    ['a missing field', { label: 'xy' }, { email: 'required' }],
    [
      'an unknown field',
      { email: 'a@b', isAdministrator: '1' },
      { isAdministrator: 'unknown_field' },
    ],
    ['an error of the use case for a field', { email: 'taken' }, { email: 'email_taken' }],
    ['an error of the whole form', { email: 'wrong' }, { form: 'email_wrong' }],
  ] as const) {
    it(`is shown again with 422 for ${title}`, async () => {
      const response = await send(fields);
      expect(response.status).to.equal(422);
      const text = (await response.text()).replaceAll('&quot;', '"');
      expect(text).to.include(JSON.stringify(expected).slice(1, -1));
    });
  }

  it('refuses a repeated field', async () => {
    const response = await send(new URLSearchParams('email=a@b.example&email=c@d.example'));
    expect(response.status).to.equal(422);
  });

  it('shows the error page for a refusal that is not about a field', async () => {
    expect((await send({ email: 'locked' })).status).to.equal(403);
  });

  it('refuses a form without a token, with a wrong token or from another site', async () => {
    const status = async (headers: Record<string, string>, token: string): Promise<number> => {
      const init = formPost({ email: 'ana@example.org', _csrf: token }, { ...html, ...headers });
      return (await app.fetch('/emails', init)).status;
    };
    const { cookie, token } = browser;
    const other = await app.visit();
    expect(await status({ cookie }, token)).to.equal(303);
    expect(await status({ cookie, origin: 'null' }, token)).to.equal(303);
    expect(await status({ cookie }, '')).to.equal(403);
    expect(await status({}, token)).to.equal(403);
    expect(await status({ cookie }, other.token)).to.equal(403);
    expect(await status({ cookie, 'sec-fetch-site': 'cross-site' }, token)).to.equal(403);
    expect(await status({ cookie, 'sec-fetch-site': 'same-site' }, token)).to.equal(403);
    expect(await status({ cookie, origin: 'https://evil.example' }, token)).to.equal(403);
  });

  it('accepts tokens of another node and of the previous secret', async () => {
    const secrets = [Buffer.alloc(32, 2), Buffer.alloc(32, 1)];
    const next = await openApp({ routes, settings: { cookieSecrets: secrets } });
    const fields = { email: 'ana@example.org', _csrf: browser.token };
    const response = await next.fetch('/emails', formPost(fields, { cookie: browser.cookie }));
    await next.close();
    expect(response.status).to.equal(303);
  });

  it('issues a different token each time', async () => {
    expect((await app.visit()).token).to.not.equal((await app.visit()).token);
  });

  it('switches language and theme and returns to the same page', async () => {
    const switchTo = async (path: string, fields: Record<string, string>): Promise<Response> =>
      app.fetch(path, formPost({ ...fields, _csrf: browser.token }, { cookie: browser.cookie }));
    const locale = await switchTo('/preferences/locale', { locale: 'ru', next: '/design?x=1' });
    expect(locale.headers.get('location')).to.equal('/design?x=1');
    const [cookie = ''] = locale.headers.getSetCookie();
    const page = await app.fetch('/design', { headers: { cookie: cookie.split(';')[0] ?? '' } });
    expect(await page.text()).to.include('<html lang="ru"');
    const theme = await switchTo('/preferences/theme', { theme: 'dark', next: '//evil.example' });
    expect(theme.headers.get('location')).to.equal('/');
    expect(theme.headers.getSetCookie().join()).to.include(
      'consentry-theme=dark; Path=/; HttpOnly; SameSite=Lax',
    );
  });
});
