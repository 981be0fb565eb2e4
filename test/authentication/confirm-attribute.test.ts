import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { PASSWORD } from '../support/people/people.ts';
import { IP, randomEmail, type Scene, setScene } from './scene.ts';

describe('a further e-mail', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  const add = (accountId: string, value: string) =>
    scene.connected.vault.addAttribute({ accountId, claim: 'email', value });
  const request = (accountId: string, attributeId: string) =>
    scene.authentication.requestAttributeCode({ accountId, attributeId, locale: 'ru', ip: IP });
  const confirm = (accountId: string, attributeId: string, code: string) =>
    scene.authentication.confirmAttribute({ accountId, attributeId, code, locale: 'ru', ip: IP });

  it('is proven by its code; then a person can sign in with it, and the first address gets a notice', async () => {
    const { accountId, email } = await scene.person();
    const value = randomEmail();
    const { id } = await add(accountId, value);
    await request(accountId, id);
    await confirm(accountId, id, await scene.codeOf(value));
    const attribute = await scene.connected.vault.findAttribute({ accountId, attributeId: id });
    expect([attribute.isVerified, attribute.isDefault]).to.deep.equal([true, false]);
    const signedIn = await scene.authentication.signIn({
      identifier: value,
      password: PASSWORD,
      deviceId: null,
      ip: IP,
    });
    expect(signedIn.status).to.equal('signed_in');
    const [notice] = await scene.mailsTo(email);
    expect([notice?.template, notice?.locale]).to.deep.equal(['email-added', 'ru']);
  });

  it('can be proven neither by another person nor with a code for another address', async () => {
    const owner = await scene.person();
    const stranger = await scene.person();
    const value = randomEmail();
    const { id } = await add(owner.accountId, value);
    await request(owner.accountId, id);
    const code = await scene.codeOf(value);
    const stolen = await failureOf(confirm(stranger.accountId, id, code));
    expect(stolen.code).to.equal('code_expired');
    const other = await add(owner.accountId, randomEmail());
    const elsewhere = await failureOf(confirm(owner.accountId, other.id, code));
    expect(elsewhere.code).to.equal('code_expired');
  });

  it('of another account stays there: same answer, and its owner gets a mail', async () => {
    const holder = await scene.person();
    const stranger = await scene.person();
    const { id } = await add(stranger.accountId, holder.email);
    await request(stranger.accountId, id);
    const mails = (await scene.mailsTo(holder.email)).map(({ template }) => template);
    expect(mails).to.deep.equal(['attribute-known']);
    const guess = await failureOf(confirm(stranger.accountId, id, '123456'));
    expect(guess.code).to.equal('code_wrong');
    const owner = await scene.connected.vault.findIdentifier({
      kind: 'email',
      value: holder.email,
    });
    expect(owner?.accountId).to.equal(holder.accountId);
  });

  it('that was changed after the code was mailed is not proven by it', async () => {
    const { accountId } = await scene.person();
    const value = randomEmail();
    const { id } = await add(accountId, value);
    await request(accountId, id);
    await scene.connected.vault.changeAttribute({
      accountId,
      attributeId: id,
      value: randomEmail(),
    });
    const failure = await failureOf(confirm(accountId, id, await scene.codeOf(value)));
    expect(failure.code).to.equal('value_changed');
  });

  it('is not proven once the account is blocked', async () => {
    const { accountId } = await scene.person();
    const value = randomEmail();
    const { id } = await add(accountId, value);
    await request(accountId, id);
    const code = await scene.codeOf(value);
    await scene.connected.db.transaction((tx) =>
      scene.connected.accounts.setStatus(tx, { accountId, status: 'blocked', reason: 'abuse' }),
    );
    expect((await failureOf(confirm(accountId, id, code))).code).to.equal('account_inactive');
  });

  it('that is proven already needs no code', async () => {
    const person = await scene.person();
    const [attributeId = ''] = person.attributeIds['email'] ?? [];
    const failure = await failureOf(request(person.accountId, attributeId));
    expect(failure.code).to.equal('already_verified');
  });
});
