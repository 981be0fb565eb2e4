import { expect } from 'chai';

import { startInstallation, type Installation } from '../support/servers/installation.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { readMessages } from '../support/people/sent-messages.ts';

const TRIES = 50;
const ROUNDS = 3;
/** The device id of the browser that requested every proof; links work only there. */
const BROWSER = 'abcdefghijklmnopqrstuv';

describe('Fifty concurrent proofs of one address at two servers', () => {
  let installation: Installation;
  before(async () => {
    installation = await startInstallation('Postgres alone');
  });
  after(() => installation?.stop());

  let emails = 0;
  const requestProof = async (person: TestPerson, value: string) => {
    const { vault, authentication } = installation.connected;
    const { accountId } = person;
    const { id } = await vault.addAttribute({ accountId, claim: 'email', value });
    await authentication.requestAttributeCode({
      accountId,
      attributeId: id,
      locale: 'en',
      ip: '192.0.2.1',
      deviceId: BROWSER,
    });
    return { accountId, attributeId: id };
  };
  const sentTo = async (address: string): Promise<{ code: string; link: string }> => {
    const mails = await readMessages(installation.connected);
    const values = mails.find((mail) => mail?.to === address)?.values ?? {};
    return { code: String(values['code']), link: String(values['link']) };
  };
  const nextAddress = () => {
    emails += 1;
    return `raced${String(emails)}@example.org`;
  };
  const useLink = async (link: string, index: number): Promise<number> => {
    const node = installation.nodes[index % 2 === 0 ? 0 : 1];
    const answer = await fetch(`${node.url}/api/v1/confirmations`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: node.url,
        cookie: `consentry-device=${BROWSER}`,
      },
      body: JSON.stringify({ link }),
    });
    return answer.status;
  };

  it('use one link exactly once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const address = nextAddress();
      await requestProof(await createPerson(installation.connected), address);
      const { link } = await sentTo(address);
      const statuses = await Promise.all(
        Array.from({ length: TRIES }, (_, index) => useLink(link, index)),
      );
      expect(statuses.filter((status) => status === 200)).to.have.length(1);
      expect(new Set(statuses)).to.deep.equal(new Set([200, 410]));
    }
  });

  it('use either the code or the link, never both', async () => {
    const { authentication } = installation.connected;
    for (let round = 0; round < ROUNDS; round += 1) {
      const address = nextAddress();
      const ref = await requestProof(await createPerson(installation.connected), address);
      const { code, link } = await sentTo(address);
      const byCode = () =>
        authentication.confirmAttribute({ ...ref, code, locale: 'en', ip: '192.0.2.1' }).then(
          () => 200,
          () => 410,
        );
      const statuses = await Promise.all(
        Array.from({ length: TRIES }, (_, index) =>
          index % 3 === 0 ? byCode() : useLink(link, index),
        ),
      );
      expect(statuses.filter((status) => status === 200)).to.have.length(1);
    }
  });
});
