import fs from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { findFreePort } from '../../src/dev/free-port.ts';
import { createNodeFetch } from '../support/http/node-fetch.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { createVisitor, type Visitor } from '../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { FETCH_PROGRAM, GATEWAYS } from './gateway-programs.ts';

const navigate = createNodeFetch({ request, headers: { 'sec-fetch-mode': 'navigate' } });
const plainFetch = createNodeFetch({ request });
const PAGE = '/wiki/start?page=1&title=%D0%90+b';
/** Headers that a client invents. */
const SPOOFED = {
  'consentry-subject': 'admin',
  'consentry-email': 'admin@example.org',
  'consentry-name': 'Admin',
  'consentry-roles': 'admin',
  'consentry-gateway': 'Basic eDp5',
  'x-forwarded-uri': '//evil.example/',
  'x-forwarded-method': 'GET',
  'x-forwarded-host': 'evil.example',
  'x-original-url': 'https://evil.example/',
};

for (const name of ['nginx', 'Caddy'] as const) {
  const start = GATEWAYS[name];
  describe(`A site behind ${name}`, function () {
    this.timeout(60_000);
    let server: TestServer;
    let site: Server;
    let gateway: Awaited<ReturnType<typeof start>>;
    let url: string;
    let clientId: string;
    let folder: string;
    let ana: TestPerson;

    before(async function () {
      this.timeout(600_000);
      FETCH_PROGRAM[name]();
      server = await startTestServer();
      ana = await createPerson(server.connected);
      site = createServer((req, res) => {
        res.setHeader('content-type', 'application/json');
        res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers }));
      });
      await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
      const port = await findFreePort();
      url = `http://127.0.0.1:${String(port)}`;
      const { client, secret } = await server.connected.clients.create({
        ownerAccountId: ana.accountId,
        applicationType: 'web',
        name: 'Wiki',
        redirectUris: [`${url}/.consentry/callback`],
        scopes: ['openid'],
        isGateway: true,
      });
      clientId = client.id;
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-gateway-'));
      const credentials = `${clientId}:${secret?.secret ?? ''}`;
      gateway = await start({
        folder,
        port,
        variables: {
          SITE_URL: `http://127.0.0.1:${String((site.address() as AddressInfo).port)}`,
          CONSENTRY_URL: server.url,
          GATEWAY_CREDENTIALS: Buffer.from(credentials).toString('base64'),
        },
      });
    });
    after(async () => {
      await gateway?.stop();
      site?.close();
      await server?.stop();
      if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
    });

    const enter = async (person: TestPerson): Promise<Visitor> => {
      const visitor = createVisitor({ baseUrl: url, fetch: navigate });
      await visitor.get(PAGE);
      await visitor.submitForm('form[action$="/sign-in"]', {
        identifier: person.email,
        password: person.password,
      });
      await visitor.submitForm('button[value=allow]');
      expect(visitor.page.url.href).to.equal(`${url}${PAGE}`);
      return visitor;
    };
    const seenBy = async (answer: Response) => {
      expect(answer.status).to.equal(200);
      return (await answer.json()) as {
        readonly method: string;
        readonly url: string;
        readonly headers: Readonly<Record<string, string>>;
      };
    };

    /** Caddy passes on an empty header, and nginx none. */
    const expectAbsent = (headers: Readonly<Record<string, string>>, ...names: string[]): void => {
      for (const one of names) expect(headers[one] ?? '', one).to.equal('');
    };

    it('opens to a person after sign-in and consent, at the page that the person wanted', async () => {
      const visitor = await enter(ana);
      const { headers, url: seen } = await seenBy(await visitor.request(PAGE));
      expect(seen).to.equal(PAGE);
      expect(headers).to.include({
        'consentry-subject': ana.accountId,
        'consentry-client': clientId,
        'consentry-scope': 'openid',
        'consentry-acr': 'urn:consentry:acr:one-factor',
      });
      expectAbsent(headers, 'consentry-gateway', 'consentry-email');
    });

    it('gets no header that a client invented (R-26)', async () => {
      const visitor = await enter(await createPerson(server.connected));
      const { headers } = await seenBy(await visitor.request('/', { headers: SPOOFED }));
      expect(headers['consentry-subject']).to.not.equal('admin');
      expectAbsent(headers, 'consentry-email', 'consentry-name', 'consentry-roles');
      expectAbsent(headers, 'consentry-gateway');
      const stranger = createVisitor({ baseUrl: url, fetch: navigate });
      const answer = await stranger.request('/a?b=c', { headers: SPOOFED });
      expect(answer.status).to.equal(303);
      expect(answer.headers.get('location')).to.equal(
        `${url}/.consentry/sign-in?to=${encodeURIComponent('/a?b=c')}`,
      );
    });

    it('gets the body of an allowed request, and none of a refused one', async () => {
      const visitor = await enter(await createPerson(server.connected));
      const sent = { method: 'POST', body: 'x'.repeat(1_000) };
      expect(await seenBy(await visitor.request('/save', sent))).to.include({ method: 'POST' });
      const refused = await plainFetch(`${url}/save`, sent);
      expect(refused.status).to.equal(401);
    });

    it('answers programs with 401 and a challenge', async () => {
      const refused = await plainFetch(`${url}/api`, { headers: { authorization: 'Bearer x' } });
      expect(refused.status).to.equal(401);
      expect(refused.headers.get('www-authenticate')).to.equal('Bearer error="invalid_token"');
      const anonymous = await plainFetch(`${url}/api`);
      expect(anonymous.status).to.equal(401);
      expect(anonymous.headers.get('www-authenticate')).to.equal('Bearer');
      expect(anonymous.headers.get('location')).to.equal(null);
    });

    it('closes within a second after the consent is withdrawn (K-03)', async () => {
      const person = await createPerson(server.connected);
      const visitor = await enter(person);
      const { accountId } = person;
      await server.connected.consents.withdraw({ accountId, clientId });
      await waitFor('the sign-in', async () => (await visitor.request(PAGE)).status === 303, 1_000);
    });

    it('does not open the check to clients', async () => {
      for (const closed of ['/.consentry/verify', '/.consentry/../verify', '/.consentry/unknown']) {
        const answer = await plainFetch(`${url}${closed}`);
        expect(answer.status, closed).to.be.oneOf([401, 404]);
        expect(await answer.text()).to.not.contain('"access":true');
      }
    });
  });
}
