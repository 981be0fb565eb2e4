import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { ADMINISTRATOR, ANA } from '../../seeds/demo-people.ts';
import { seedServices } from '../../seeds/demo.ts';
import { createPerson } from '../support/people/people.ts';
import { openTwoNodes, type TwoNodes } from './open-services.ts';

const EVERYONE = { status: null, isAdministrator: false, limit: 100 } as const;

describe('the demo data', () => {
  let nodes: TwoNodes;
  let folder: string;

  before(async () => {
    nodes = await openTwoNodes();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-seed-'));
  });
  after(async () => {
    await nodes.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const ownerOf = async (value: string): Promise<string> =>
    (await nodes.here.vault.findIdentifier({ kind: 'email', value }))?.accountId ?? '';
  const seed = () => seedServices(nodes.here, path.join(folder, 'bookshop-secret'));

  it('are made once, with a Bookshop whose secret survives a restart and a lost file', async () => {
    const secretFile = path.join(folder, 'bookshop-secret');
    const first = await seedServices(nodes.here, secretFile);
    const second = await seedServices(nodes.there, secretFile);
    expect(second).to.deep.equal(first);
    expect(fs.statSync(secretFile).mode & 0o777).to.equal(0o600);

    fs.rmSync(secretFile);
    const third = await seedServices(nodes.here, secretFile);
    expect(third.bookshop?.clientId).to.equal(first.bookshop?.clientId);
    expect(third.bookshop?.clientSecret).not.to.equal(first.bookshop?.clientSecret);
  });

  it('give Ana two proven e-mails and two forms of her name', async () => {
    await seedServices(nodes.here, path.join(folder, 'other'));
    const values = await nodes.here.vault.listAttributes(await ownerOf(ANA.email));
    const emails = values.filter(({ claim }) => claim === 'email');
    expect(emails.map(({ value }) => value)).to.have.members([
      'ana@example.org',
      'ana.petrova@work.example',
    ]);
    expect(emails.every(({ isVerified }) => isVerified)).to.equal(true);
    expect(values.filter(({ claim }) => claim === 'name')).to.have.length(2);
  });

  it('contain the purposes of the Bookshop in both languages', async () => {
    const { bookshop } = await seedServices(nodes.here, path.join(folder, 'third'));
    const client = await nodes.here.clients.find(bookshop?.clientId ?? '');
    expect(client?.requests.map(({ claim, necessity }) => [claim, necessity])).to.deep.equal([
      ['name', 'essential'],
      ['email', 'voluntary'],
      ['birthdate', 'voluntary'],
      ['phone_number', 'voluntary'],
    ]);
    for (const { purpose } of client?.requests ?? []) expect(purpose['ru']).to.match(/[а-я]/i);
  });

  describe('that a person has changed', () => {
    let ana: string;
    let administrator: string;

    before(async () => {
      await seed();
      ana = await ownerOf(ANA.email);
      administrator = await ownerOf(ADMINISTRATOR.email);
    });

    const accounts = async (): Promise<number> => (await nodes.here.accounts.list(EVERYONE)).length;

    it('stay changed: the first address removed, the name and the username too', async () => {
      const { vault } = nodes.here;
      const before = await accounts();
      const values = await vault.listAttributes(ana);
      const work = values.find(({ value }) => value === 'ana.petrova@work.example');
      await vault.makeDefault({ accountId: ana, attributeId: work?.id ?? '' });
      for (const { id, claim, value } of values) {
        const ref = { accountId: ana, attributeId: id };
        if (claim === 'email' && value === ANA.email) await vault.removeAttribute(ref);
        else if (claim === 'name')
          await vault.changeAttribute({ ...ref, value: 'Ana Renamed' + id.slice(0, 4) });
      }
      await vault.addAttribute({
        accountId: ana,
        claim: 'preferred_username',
        value: 'ana-renamed',
      });
      const { bookshop, lines } = await seed();
      expect(bookshop?.clientId).to.equal('bookshop');
      expect(lines[0]).to.match(
        /^Demo account: does not sign in with ana@example.org and its first password/,
      );
      expect(lines[1]).to.match(/^Administrator: admin@example.org, password: /);
      expect(await accounts()).to.equal(before);
      expect(await ownerOf(ANA.email)).to.equal('');
    });

    it('stay changed: the password', async () => {
      nodes.clock.advance(3_600);
      await nodes.here.authentication.changePassword({
        accountId: administrator,
        currentPassword: ADMINISTRATOR.password,
        newPassword: 'another kettle keeps the summer in',
        keepSessionUid: null,
        locale: 'en',
      });
      const { lines } = await seed();
      expect(lines[1]).to.match(/^Administrator: does not sign in with admin@example.org and its/);
      expect(lines.join()).not.to.include(ADMINISTRATOR.password);
    });

    it('stay deleted: the account of the person', async () => {
      const before = await accounts();
      await nodes.here.deletions.delete({ accountId: ana, locale: 'en' });
      const { lines } = await seed();
      expect(lines[0]).to.match(/^Demo account: ana@example.org is deleted or blocked/);
      expect(await accounts()).to.equal(before);
    });

    it('have a successor: the Bookshop that was deleted', async () => {
      const manager = { accountId: administrator, isAdministrator: true };
      await nodes.here.clients.remove({ clientId: 'bookshop', manager });
      expect((await seed()).bookshop?.clientId).to.equal('bookshop-2');
    });

    it('are created without an administrator, and without a Bookshop when no account can own it', async () => {
      await createPerson(nodes.here, { isAdministrator: true });
      const manager = { accountId: administrator, isAdministrator: true };
      await nodes.here.clients.remove({ clientId: 'bookshop-2', manager });
      await nodes.here.deletions.delete({ accountId: administrator, locale: 'en' });
      const { bookshop, lines } = await seed();
      expect(bookshop).to.equal(null);
      expect(lines.slice(1)).to.have.length(2);
      expect(lines[1]).to.match(/^Administrator: admin@example.org is deleted or blocked/);
      expect(lines[2]).to.match(/^The Bookshop is not registered/);
    });
  });

  it('are created although another account has one of their further addresses', async () => {
    const other = await openTwoNodes();
    try {
      const { vault, db, imports } = other.here;
      const holder = await createPerson(other.here);
      const value = 'ana.petrova@work.example';
      const { id } = await vault.addAttribute({ ...holder, claim: 'email', value });
      await db.transaction((tx) =>
        vault.markVerified(tx, { accountId: holder.accountId, attributeId: id, value }),
      );
      const { lines } = await seedServices(other.here, path.join(folder, 'beside'));
      expect(lines[0]).to.match(/^Demo account: ana@example.org, password: /);
      const owner = await vault.findIdentifier({ kind: 'email', value });
      expect(owner?.accountId).to.equal(holder.accountId);
      expect(await imports.findExternal('demo:ana')).not.to.equal(null);
    } finally {
      await other.close();
    }
  });
});
