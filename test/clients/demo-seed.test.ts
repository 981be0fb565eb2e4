import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { seedServices } from '../../seeds/demo.ts';
import { openTwoNodes, type TwoNodes } from './open-services.ts';

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

  it('are made once, with a Bookshop whose secret survives a restart and a lost file', async () => {
    const secretFile = path.join(folder, 'bookshop-secret');
    const first = await seedServices(nodes.here, secretFile);
    const second = await seedServices(nodes.there, secretFile);
    expect(second).to.deep.equal(first);
    expect(fs.statSync(secretFile).mode & 0o777).to.equal(0o600);

    fs.rmSync(secretFile);
    const third = await seedServices(nodes.here, secretFile);
    expect(third.clientId).to.equal(first.clientId);
    expect(third.clientSecret).not.to.equal(first.clientSecret);
  });

  it('give Ana two proven e-mails and two forms of her name', async () => {
    const { email } = await seedServices(nodes.here, path.join(folder, 'other'));
    const owner = await nodes.here.vault.findIdentifier({ kind: 'email', value: email });
    const values = await nodes.here.vault.listAttributes(owner?.accountId ?? '');
    const emails = values.filter(({ claim }) => claim === 'email');
    expect(emails.map(({ value }) => value)).to.have.members([
      'ana@example.org',
      'ana.petrova@work.example',
    ]);
    expect(emails.every(({ isVerified }) => isVerified)).to.equal(true);
    expect(values.filter(({ claim }) => claim === 'name')).to.have.length(2);
  });

  it('say why the Bookshop asks, in both languages', async () => {
    const { clientId } = await seedServices(nodes.here, path.join(folder, 'third'));
    const client = await nodes.here.clients.find(clientId);
    expect(client?.requests.map(({ claim, necessity }) => [claim, necessity])).to.deep.equal([
      ['name', 'essential'],
      ['email', 'voluntary'],
      ['birthdate', 'voluntary'],
      ['phone_number', 'voluntary'],
    ]);
    for (const { purpose } of client?.requests ?? []) expect(purpose.ru).to.match(/[а-я]/i);
  });
});
