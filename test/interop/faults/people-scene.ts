import { randomBytes } from 'node:crypto';

import { expect } from 'chai';

import { createPerson, signIn, type TestPerson, visitorAt } from '../../support/people/people.ts';
import { newestInMail } from '../../support/people/sent-messages.ts';
import type { TestServer } from '../../support/servers/server.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { retryFetch } from './each-step.ts';

/** People whose browsers repeat a request once after 503. */
export interface PeopleScene {
  browser(): Visitor;
  /** Creates a person and signs them in. */
  addPerson(): Promise<{ readonly person: TestPerson; readonly visitor: Visitor }>;
  /** @returns whether the password was right. */
  signInAt(visitor: Visitor, email: string, password: string): Promise<boolean>;
  isSignedIn(visitor: Visitor): Promise<boolean>;
  /** Opens one of the pages of a sign-in. */
  beginAt(step: 'register' | 'forgot' | 'code'): Promise<Visitor>;
  newEmail(): string;
  /** A value of the newest mail to the address. */
  inMail(email: string, value: 'code' | 'link'): Promise<string>;
}

export function openPeopleScene(server: TestServer): PeopleScene {
  const browser = (): Visitor => visitorAt(server.url, { fetch: retryFetch });
  return {
    browser,
    addPerson: async () => {
      const person = await createPerson(server.connected);
      const visitor = browser();
      await visitor.get('/account');
      await signIn(visitor, person);
      expect(visitor.page.url.pathname).to.equal('/account');
      return { person, visitor };
    },
    signInAt: async (visitor, email, password) => {
      await visitor.get(`${server.url}/account`);
      await visitor.submitForm('form[action$="/sign-in"]', { identifier: email, password });
      return visitor.page.url.pathname === '/account';
    },
    isSignedIn: async (visitor) =>
      (await visitor.get(`${server.url}/account`)).url.pathname === '/account',
    beginAt: async (step) => {
      const visitor = browser();
      const page = await visitor.get('/account');
      const uid = /\/interaction\/([^/?]+)/.exec(page.url.pathname)?.[1] ?? '';
      await visitor.get(`/interaction/${uid}/${step}`);
      return visitor;
    },
    newEmail: () => `f${randomBytes(6).toString('hex')}@example.org`,
    inMail: (email, value) => newestInMail(server.connected, email, value),
  };
}
