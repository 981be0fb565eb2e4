import { expect } from 'chai';

import {
  IP,
  NEW_PASSWORD,
  randomEmail,
  type Scene,
  setScene,
  signedIn,
} from '../authentication/scene.ts';

const FIRST_TEMPORARY_LEAF = 2 ** 43;
const HERE = { locale: 'en', ip: IP };

describe('The key of a temporary account', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  async function execute<Row extends object>(text: string): Promise<Row[]> {
    return (await scene.connected.db.pool.query<Row>(text)).rows;
  }
  const leafOf = async (accountId: string): Promise<number> => {
    const rows = await execute<{ leaf: string }>(
      `select leaf::text from account_keys where account_id = '${accountId}'`,
    );
    return Number(rows[0]?.leaf);
  };
  const makeDue = () => execute(`update leaves_to_destroy set created_at = now()`);
  const request = async (): Promise<{ registrationId: string; email: string }> => {
    const email = randomEmail();
    const input = { ...HERE, identifier: email };
    return { email, ...(await scene.authentication.requestSignInCode(input)) };
  };

  it('moves to a lasting leaf with the confirmation; the first leaf is destroyed a minute later', async () => {
    const email = randomEmail();
    const registration = { ...HERE, email, password: NEW_PASSWORD };
    const { registrationId } = await scene.authentication.register(registration);
    const [first] = await execute<{ account_id: string }>(
      `select account_id from attributes where id = '${registrationId}'`,
    );
    const before = await leafOf(first?.account_id ?? '');
    expect(before).to.be.at.least(FIRST_TEMPORARY_LEAF);

    const code = await scene.codeOf(email);
    const { accountId } = await signedIn(
      scene.authentication.confirmRegistration({ ...HERE, registrationId, code }),
    );
    expect(await leafOf(accountId)).to.be.below(FIRST_TEMPORARY_LEAF);
    const { vault, keyStore } = scene.connected;
    expect(await vault.destroyLeaves()).to.equal(0);
    expect(keyStore.isDestroyed(before)).to.equal(false);
    await makeDue();
    expect(await vault.destroyLeaves()).to.equal(1);
    expect(keyStore.isDestroyed(before)).to.equal(true);
    const values = (await vault.listAttributes(accountId)).map(({ value }) => value);
    expect(values).to.deep.equal([email]);
    const [recent] = await vault.recentAttributes(accountId);
    expect(recent?.value).to.equal(email);
  });

  it('leaves no node of the tree between accounts that were never confirmed', async () => {
    for (let turn = 0; turn < 12; turn += 1) {
      const { registrationId, email } = await request();
      if (turn % 4 !== 0) continue;
      const code = await scene.codeOf(email);
      await scene.authentication.confirmRegistration({ ...HERE, registrationId, code });
    }
    const { accounts, vault, keyStore } = scene.connected;
    scene.clock.advance(8 * 86_400);
    await accounts.purgeTemporary();
    await makeDue();
    expect(await vault.destroyLeaves()).to.equal(12);
    const [given] = await execute<{ last_value: string }>(
      'select last_value from temporary_key_leaves',
    );
    const last = Number(given?.last_value);
    expect(last - FIRST_TEMPORARY_LEAF).to.be.at.least(12);
    for (let leaf = FIRST_TEMPORARY_LEAF; leaf <= last; leaf += 1) {
      expect(keyStore.isDestroyed(leaf), String(leaf)).to.equal(true);
    }
  });
});
