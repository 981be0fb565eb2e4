import { expect } from 'chai';

import type { Authentication } from '../../src/authentication/index.ts';
import { AppError } from '../../src/platform/app-error.ts';
import { failureOf } from '../support/failure.ts';
import { PASSWORD } from '../support/people/people.ts';
import { IP, NEW_PASSWORD, randomEmail, type Scene, setScene, signedIn } from './scene.ts';

const HERE = { locale: 'en', ip: IP, deviceId: 'this browser' };

/** One way to sign in, up to the request that uses its proof up. */
interface Way {
  readonly name: string;
  begin(scene: Scene): Promise<(node: Authentication) => Promise<{ readonly accountId: string }>>;
}

const WAYS: readonly Way[] = [
  {
    name: 'the code of a registration',
    begin: async (scene) => {
      const email = randomEmail();
      const registration = { ...HERE, email, password: NEW_PASSWORD };
      const { registrationId } = await scene.authentication.register(registration);
      const code = await scene.codeOf(email);
      return (node) => signedIn(node.confirmRegistration({ ...HERE, registrationId, code }));
    },
  },
  {
    name: 'the code of a sign-in',
    begin: async (scene) => {
      const identifier = randomEmail();
      const { registrationId } = await scene.authentication.requestSignInCode({
        ...HERE,
        identifier,
      });
      const code = await scene.codeOf(identifier);
      return (node) => signedIn(node.confirmRegistration({ ...HERE, registrationId, code }));
    },
  },
  {
    name: 'the link of a sign-in',
    begin: async (scene) => {
      const identifier = randomEmail();
      const asked = { ...HERE, identifier, interactionUid: 'an-interaction' };
      await scene.authentication.requestSignInCode(asked);
      const link = await scene.linkOf(identifier);
      return (node) => signedIn(node.signInByLink({ ...HERE, link }));
    },
  },
  {
    name: 'the ticket that restores an account',
    begin: async (scene) => {
      const { accountId, email } = await scene.person();
      await scene.connected.deletions.delete({ accountId, locale: 'en' });
      const typed = { ...HERE, identifier: email, password: PASSWORD };
      const outcome = await scene.authentication.signIn(typed);
      if (outcome.status !== 'deleted') throw new Error('the account was not deleted');
      return (node) => node.restoreAccount({ ...HERE, ticket: outcome.ticket });
    },
  },
];

describe('A proof of identity whose sign-in ends in an outage', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  /** A node that cannot write the audit line of a sign-in. */
  function failingNode(): Authentication {
    return scene.anotherNode({
      audit: {
        ...scene.connected.audit,
        record: async (tx, event) => {
          if (event.kind === 'sign_in.succeeded') {
            throw new AppError('unavailable', 'database_unavailable');
          }
          await scene.connected.audit.record(tx, event);
        },
      },
    });
  }

  for (const { name, begin } of WAYS) {
    it(`is not used up: ${name}`, async () => {
      const send = await begin(scene);
      const failure = await failureOf(send(failingNode()));
      expect(failure.code).to.equal('database_unavailable');
      const { accountId } = await send(scene.authentication);
      expect((await scene.connected.accounts.find(accountId))?.status).to.equal('active');
    });
  }
});
