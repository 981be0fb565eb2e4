import { expect } from 'chai';

import { callApi } from '../../support/people/console-visitor.ts';
import { type Faults, injectFaults } from '../../support/measurement/faults.ts';
import { PASSWORD, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { failEachStep, type Operation, type Run } from './each-step.ts';
import { openPeopleScene, type PeopleScene } from './people-scene.ts';

describe('A fault at each step of a registration or a proof of an address', function () {
  this.timeout(120_000);
  let server: TestServer;
  let faults: Faults;
  let people: PeopleScene;
  let ana: TestPerson;
  let anaHere: Visitor;

  before(async () => {
    server = await startTestServer({ redis: true });
    people = openPeopleScene(server);
    ({ person: ana, visitor: anaHere } = await people.addPerson());
    faults = injectFaults(server.connected);
  });
  after(() => server.stop());

  const api = (path: string): string => `${server.url}/api/v1${path}`;
  const statusOf = async (answer: Promise<Response>): Promise<number> => (await answer).status;
  const addEmail = async (): Promise<{ email: string; attributeId: string }> => {
    const email = people.newEmail();
    const { id } = await server.connected.vault.addAttribute({
      accountId: ana.accountId,
      claim: 'email',
      value: email,
    });
    const sent = await callApi(anaHere, 'POST', api(`/account/attributes/${id}/verification`));
    expect(sent.status, await sent.text()).to.equal(204);
    return { email, attributeId: id };
  };
  const isVerified = async (attributeId: string): Promise<boolean> =>
    (await server.connected.vault.recentAttributes(ana.accountId)).some(
      ({ id, isVerified: isProven }) => id === attributeId && isProven,
    );
  /** Removes the address, because an account may have a limited number. */
  const removeAddress = async (attributeId: string): Promise<void> => {
    const address = api(`/account/attributes/${attributeId}`);
    expect((await callApi(anaHere, 'DELETE', address)).status).to.equal(204);
  };
  const register = async (): Promise<{ visitor: Visitor; email: string }> => {
    const visitor = await people.beginAt('register');
    const email = people.newEmail();
    const typed = { email, name: 'Dora', password: PASSWORD };
    await visitor.submitForm('form[action$="/register"]', typed);
    return { visitor, email };
  };

  const operations: readonly Operation[] = [
    {
      name: 'a registration',
      prepare: async (): Promise<Run> => {
        const visitor = await people.beginAt('register');
        const email = people.newEmail();
        return {
          send: async () => {
            const typed = { email, name: 'Dora', password: PASSWORD };
            return (await visitor.submitForm('form[action$="/register"]', typed)).status;
          },
          verify: async () => {
            await visitor.submitForm('form[action*="/confirm/"]', {
              code: await people.inMail(email, 'code'),
            });
            expect(visitor.page.url.pathname, visitor.page.text).to.equal('/account');
          },
        };
      },
    },
    {
      name: 'the confirmation of a registration by code',
      prepare: async (): Promise<Run> => {
        const { visitor, email } = await register();
        const code = await people.inMail(email, 'code');
        return {
          send: async () =>
            (await visitor.submitForm('form[action*="/confirm/"]', { code })).status,
          verify: async () => {
            expect(visitor.page.url.pathname, visitor.page.text).to.equal('/account');
            expect(await people.signInAt(people.browser(), email, PASSWORD)).to.equal(true);
          },
        };
      },
    },
    {
      name: 'the confirmation of a registration by link',
      prepare: async (): Promise<Run> => {
        const { visitor, email } = await register();
        const link = `/confirm/${await people.inMail(email, 'link')}`;
        return {
          send: async () => {
            await visitor.get(link);
            return (await visitor.submitForm('form[action$="/link"]')).status;
          },
          verify: async () => {
            expect(await people.signInAt(people.browser(), email, PASSWORD)).to.equal(true);
          },
        };
      },
    },
    {
      name: 'a first sign-in by code',
      prepare: async (): Promise<Run> => {
        const visitor = await people.beginAt('code');
        const email = people.newEmail();
        await visitor.submitForm('form[action$="/code"]', { identifier: email });
        const code = await people.inMail(email, 'code');
        return {
          send: async () =>
            (await visitor.submitForm('form[action*="/confirm/"]', { code })).status,
          verify: async () => {
            expect(visitor.page.url.pathname, visitor.page.text).to.equal('/account');
          },
        };
      },
    },
    {
      name: 'the proof of an address by code',
      prepare: async (): Promise<Run> => {
        const { email, attributeId } = await addEmail();
        const code = await people.inMail(email, 'code');
        const address = api(`/account/attributes/${attributeId}/verification/confirm`);
        return {
          send: () => statusOf(callApi(anaHere, 'POST', address, { code })),
          verify: async () => {
            expect(await isVerified(attributeId)).to.equal(true);
            await removeAddress(attributeId);
          },
        };
      },
    },
    {
      name: 'the proof of an address by link',
      prepare: async (): Promise<Run> => {
        const { email, attributeId } = await addEmail();
        const link = await people.inMail(email, 'link');
        return {
          send: () => statusOf(callApi(anaHere, 'POST', api('/confirmations'), { link })),
          verify: async () => {
            expect(await isVerified(attributeId)).to.equal(true);
            await removeAddress(attributeId);
          },
        };
      },
    },
  ];
  failEachStep(() => faults, operations);
});
