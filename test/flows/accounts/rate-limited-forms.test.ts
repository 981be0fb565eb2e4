import { expect } from 'chai';

import { signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

interface LimitedForm {
  /** Where the form is posted to. */
  readonly path: string;
  readonly points: number;
  readonly perSeconds: number;
  /** Opens the page of the form. */
  readonly open: (visitor: Visitor) => Promise<unknown>;
  readonly typed: Readonly<Record<string, string>>;
  /** Fields that the page never shows again. */
  readonly secret?: readonly string[];
}

const TEN_MINUTES = 600;
const ADDRESS = 'ip:127.0.0.1';
const INTERACTION = '/interaction/{uid}';

const ANONYMOUS_FORMS: readonly LimitedForm[] = [
  {
    path: `${INTERACTION}/sign-in`,
    points: 60,
    perSeconds: 60,
    open: async () => undefined,
    typed: { identifier: 'typed@example.org', password: 'typed password' },
    secret: ['password'],
  },
  {
    path: `${INTERACTION}/register`,
    points: 20,
    perSeconds: TEN_MINUTES,
    open: (visitor) => visitor.follow('a[href$="/register"]'),
    typed: { email: 'typed@example.org', name: 'Typed Name', password: 'a long typed password' },
    secret: ['password'],
  },
  {
    path: `${INTERACTION}/forgot`,
    points: 20,
    perSeconds: TEN_MINUTES,
    open: (visitor) => visitor.follow('a[href$="/forgot"]'),
    typed: { identifier: 'typed@example.org' },
  },
  {
    path: `${INTERACTION}/code`,
    points: 20,
    perSeconds: TEN_MINUTES,
    open: (visitor) => visitor.follow('a[href$="/code"]'),
    typed: { identifier: 'typed@example.org' },
  },
];

const ACCOUNT_FORMS: readonly LimitedForm[] = [
  {
    path: '/account/emails/add',
    points: 30,
    perSeconds: TEN_MINUTES,
    open: (visitor) => visitor.get('/account/emails/add'),
    typed: { value: 'typed@example.org', label: 'typed label' },
  },
  {
    path: '/account/security/password',
    points: 20,
    perSeconds: TEN_MINUTES,
    open: (visitor) => visitor.get('/account/security/password'),
    typed: { currentPassword: 'typed one', newPassword: 'typed two' },
    secret: ['currentPassword', 'newPassword'],
  },
  {
    path: '/account/usernames/add',
    points: 30,
    perSeconds: 60,
    open: (visitor) => visitor.get('/account/usernames/add'),
    typed: { value: 'typed.name' },
  },
  {
    path: '/account/delete',
    points: 10,
    perSeconds: TEN_MINUTES,
    open: (visitor) => visitor.get('/account/delete'),
    typed: { confirmation: 'typed word' },
    secret: ['confirmation'],
  },
  {
    path: '/developer/apps/new',
    points: 60,
    perSeconds: 3_600,
    open: (visitor) => visitor.get('/developer/apps/new?type=web'),
    typed: { name: 'Typed App', redirectUris: 'https://typed.example/callback' },
  },
];

describe('A form page that meets a rate limit', () => {
  let server: TestServer;
  let person: TestPerson;
  let app: ThirdPartyApp;

  before(async () => {
    server = await startTestServer({ config: { rateLimits: { isOn: true, multiplier: 1 } } });
    person = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, person.accountId);
  });
  after(() => server.stop());

  let used: LimitedForm | null = null;
  afterEach(async () => {
    if (used === null) return;
    await server.connected.rateLimiter.reset({ name: `post ${used.path}`, key: ADDRESS });
    used = null;
  });

  /** Uses up the limit, as many requests from this address would. */
  async function useUp(form: LimitedForm): Promise<void> {
    const { path, points, perSeconds } = form;
    const rule = { name: `post ${path}`, key: ADDRESS, points, perSeconds };
    used = form;
    for (let point = 0; point < points; point += 1)
      await server.connected.rateLimiter.consume(rule);
  }

  async function expectKept(visitor: Visitor, form: LimitedForm): Promise<void> {
    await form.open(visitor);
    await useUp(form);
    const tail = form.path.replace(INTERACTION, '');
    await visitor.submitForm(`main form[action$="${tail}"]`, form.typed);
    const { page } = visitor;
    expect(page.status).to.equal(429);
    expect(Number(page.headers.get('retry-after'))).to.be.within(1, form.perSeconds);
    expect(page.text).to.include('Too many attempts');
    for (const [name, value] of Object.entries(form.typed)) {
      const isSecret = form.secret?.includes(name) ?? false;
      expect(page.body.includes(value), `${name} is shown again`).to.equal(!isSecret);
    }
    expect(page.document.querySelector(`main form[action$="${tail}"]`)).not.to.equal(null);
  }

  for (const form of ANONYMOUS_FORMS) {
    it(`responds 429 with Retry-After and keeps the entered values: ${form.path}`, async () => {
      const visitor = visitorAt(server.url);
      await app.begin(visitor);
      await expectKept(visitor, form);
    });
  }

  for (const form of ACCOUNT_FORMS) {
    it(`responds 429 with Retry-After and keeps the entered values: ${form.path}`, async () => {
      const visitor = await signedInVisitor(server.url, await createPerson(server.connected));
      await expectKept(visitor, form);
    });
  }

  it('responds 429 with a field error after too many wrong current passwords', async () => {
    const other = await createPerson(server.connected);
    const visitor = await signedInVisitor(server.url, other);
    const statuses: number[] = [];
    for (let turn = 0; turn < 7 && statuses.at(-1) !== 429; turn += 1) {
      await visitor.get('/account/security/password');
      await server.connected.rateLimiter.reset({
        name: 'post /account/security/password',
        key: [ADDRESS, `account:${other.accountId}`],
      });
      await visitor.submitForm('main form[action$="/password"]', {
        currentPassword: 'wrong password',
        newPassword: 'a fine long password of mine',
      });
      statuses.push(visitor.page.status);
    }
    expect(statuses.at(-1)).to.equal(429);
    expect(new Set(statuses.slice(0, -1))).to.deep.equal(new Set([422]));
    expect(Number(visitor.page.headers.get('retry-after'))).to.be.above(0);
    expect(visitor.page.document.querySelector('.field-error')).not.to.equal(null);
  });
});
