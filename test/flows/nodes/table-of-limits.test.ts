import { randomUUID } from 'node:crypto';

import { expect } from 'chai';
import { Redis } from 'ioredis';

import { failureOf } from '../../support/failure.ts';
import { findForm, readForm } from '../../support/http/html-form.ts';
import { createPerson, PASSWORD, signIn, visitorAt } from '../../support/people/people.ts';
import { registerThirdPartyApp } from '../../support/people/third-party-app.ts';
import {
  startInstallation,
  STORAGE_MODES,
  type Installation,
} from '../../support/servers/installation.ts';

/** Attempts above the limit. */
const MORE = 10;
const SETTINGS = { RATE_LIMITS: 'true', TRUSTED_PROXIES: '127.0.0.0/8' };

/** Forms without a session: the attempts that one network has in a period. `docs/security.md` has the same table. */
const FORMS = [
  { subject: 'passwords', path: '/sign-in', points: 60, perSeconds: 60 },
  { subject: 'passkeys', path: '/passkey', points: 60, perSeconds: 60 },
  { subject: 'registrations', path: '/register', points: 20, perSeconds: 600 },
  { subject: 'requested resets', path: '/forgot', points: 20, perSeconds: 600 },
  { subject: 'requested codes', path: '/code', points: 20, perSeconds: 600 },
  { subject: 'codes', path: `/confirm/${randomUUID()}`, points: 30, perSeconds: 60 },
  {
    subject: 'messages sent again',
    path: `/confirm/${randomUUID()}/resend`,
    points: 10,
    perSeconds: 600,
  },
  { subject: 'codes of a reset', path: `/reset/${randomUUID()}`, points: 30, perSeconds: 60 },
  { subject: 'authenticator codes', path: '/second-step/code', points: 30, perSeconds: 60 },
  { subject: 'recovery codes', path: '/second-step/recovery', points: 30, perSeconds: 60 },
] as const;

/** Endpoints at which an app presents its secret. */
const ENDPOINTS = ['/token', '/token/introspection', '/token/revocation', '/par'] as const;
const WRONG_SECRETS = 30;

for (const mode of STORAGE_MODES) {
  describe(`The limits of two nodes, ${mode}`, function () {
    this.timeout(120_000);
    let installation: Installation;
    before(async () => {
      installation = await startInstallation(mode, SETTINGS);
    });
    after(() => installation?.stop());

    /** Sends so many requests at the same time, in turns to both nodes, each from another address of one IPv6 /64. */
    const flood = (
      count: number,
      network: string,
      send: (request: { node: string; nth: number; address: string }) => Promise<Response>,
    ): Promise<Response[]> =>
      Promise.all(
        Array.from({ length: count }, (_, nth) => {
          const node = installation.nodes[nth % 2 === 0 ? 0 : 1].url;
          const address = `2001:db8:${network}::${(nth + 1).toString(16)}`;
          return send({ node: node.replace('127.0.0.1', 'localhost'), nth, address });
        }),
      );
    const expectRefused = (answers: readonly Response[], perSeconds: number): void => {
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused).to.have.length(MORE);
      for (const { headers } of refused)
        expect(Number(headers.get('retry-after'))).to.be.within(1, perSeconds);
    };

    for (const [row, { subject, path, points, perSeconds }] of FORMS.entries()) {
      it(`allow one network ${String(points)} ${subject} in ${String(perSeconds)} s (B-01, B-05)`, async () => {
        const visitor = visitorAt(installation.issuer);
        const { document, url } = await visitor.get('/account');
        const uid = url.pathname.split('/')[2] ?? '';
        const form = findForm(document, 'form[action$="/sign-in"]');
        if (form === null) throw new Error('the page has no form');
        // Too short for an address, so that no message is requested.
        const { fields: body } = readForm(form, { identifier: 'x' });
        const answers = await flood(points + MORE, `f${String(row)}`, ({ node, address }) =>
          visitor.request(`${node}/interaction/${uid}${path}`, {
            method: 'POST',
            body,
            headers: { 'x-forwarded-for': address },
          }),
        );
        expectRefused(answers, perSeconds);
        expect(answers.some(({ status }) => status === 403)).to.equal(false);
      });
    }

    for (const [row, path] of ENDPOINTS.entries()) {
      it(`allow one network 30 wrong secrets of an app in 60 s, in either form: ${path} (B-05, B-06)`, async () => {
        const { connected, issuer } = installation;
        const owner = await createPerson(connected);
        const app = await registerThirdPartyApp({ url: issuer, connected }, owner.accountId);
        const answers = await flood(
          WRONG_SECRETS + MORE,
          `e${String(row)}`,
          ({ node, nth, address }) => {
            const isInBody = nth % 3 === 0;
            const credentials = { client_id: app.clientId, client_secret: 'wrong' };
            const basic = Buffer.from(`${app.clientId}:wrong`).toString('base64');
            return fetch(`${node}${path}`, {
              method: 'POST',
              body: new URLSearchParams({
                grant_type: 'client_credentials',
                token: 'x',
                ...(isInBody && credentials),
              }),
              headers: {
                'x-forwarded-for': address,
                ...(!isInBody && { authorization: `Basic ${basic}` }),
              },
            });
          },
        );
        expectRefused(answers, 60);
        const wrong = answers.filter(({ status }) => status === 401);
        expect(wrong).to.have.length(WRONG_SECRETS);
      });
    }

    it('keep the lock of a name through a restart and a lost Redis, but not for a known browser (B-01, B-02, F-10)', async () => {
      const { authentication } = installation.connected;
      const person = await createPerson(installation.connected);
      const from = (deviceId: string, password: string) =>
        authentication.signIn({
          identifier: person.email,
          password,
          deviceId,
          ip: '192.0.2.1',
        });
      await from('known', PASSWORD);
      const guesses = Array.from({ length: 50 }, async (_, nth) =>
        failureOf(from(`stranger ${String(nth)}`, 'wrong')),
      );
      const codes = (await Promise.all(guesses)).map(({ code }) => code);
      expect(codes.filter((code) => code === 'sign_in_failed').length).to.be.within(4, 10);

      if (installation.redisUrl !== null) {
        const redis = new Redis(installation.redisUrl);
        await redis.flushall();
        redis.disconnect();
      }
      await installation.nodes[0].kill();
      const again = await installation.startFirstAgain();
      try {
        const visitor = visitorAt(again.issuer);
        await visitor.get('/account');
        await signIn(visitor, person);
        const { status, headers, text } = visitor.page;
        expect(status, text).to.equal(429);
        expect(Number(headers.get('retry-after'))).to.be.greaterThan(0);
        expect((await from('known', PASSWORD)).status).to.equal('signed_in');
      } finally {
        await again.stop();
      }
    });
  });
}
