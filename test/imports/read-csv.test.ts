import { expect } from 'chai';

import type { Attribute } from '../../src/vault/index.ts';
import { failureOf } from '../support/failure.ts';
import { openImportScene, type ImportRun, type ImportScene } from './scene.ts';

describe('importing CSV', () => {
  let scene: ImportScene;

  before(async () => {
    scene = await openImportScene();
  });

  after(() => scene.close());

  function run(content: string | Buffer): Promise<ImportRun> {
    return scene.run(content, { format: 'csv' });
  }

  async function valuesOf(email: string): Promise<readonly Attribute[]> {
    const owner = await scene.connected.vault.findIdentifier({ kind: 'email', value: email });
    return owner === null ? [] : scene.connected.vault.listAttributes(owner.accountId);
  }

  it('reads quoted cells, several values, labels and parts of addresses', async () => {
    const { imported, told } = await run(
      '\uFEFFid,email,email.verified,email.2,email.2.label,name,address.locality,address.street_address\r\n' +
        '7,csv@example.org,yes,other@example.org,"at ""work""","Petrova, Ana",Lisbon,"Harbour Lane 12\nsecond floor"\r\n',
    );
    expect({ imported, told }).to.deep.equal({ imported: 1, told: [] });
    const values = await valuesOf('csv@example.org');
    expect(values.map(({ claim, value, label }) => ({ claim, value, label }))).to.have.deep.members(
      [
        { claim: 'email', value: 'csv@example.org', label: null },
        { claim: 'email', value: 'other@example.org', label: 'at "work"' },
        { claim: 'name', value: 'Petrova, Ana', label: null },
        {
          claim: 'address',
          value: { locality: 'Lisbon', street_address: 'Harbour Lane 12\nsecond floor' },
          label: null,
        },
      ],
    );
  });

  it('names the line a record begins in, also after cells of several lines', async () => {
    const { told } = await run(
      'email,email_verified,address.street_address\n' +
        'line2@example.org,true,"one\ntwo\nthree"\n' +
        'line5,true,\n' +
        'line6@example.org,true\n' +
        '\n' +
        'line8@example.org,maybe,\n',
    );
    expect(told).to.deep.equal([
      '5 email email_invalid',
      '6 - columns_mismatch',
      '8 email.verified boolean_expected',
    ]);
  });

  it('refuses a header with columns that mean nothing before anything is imported', async () => {
    const before = await scene.count('accounts');
    const failure = await failureOf(
      run('emial,email.colour,address,email_verified\na@example.org,,,true\n'),
    );
    expect(failure.code).to.equal('columns_invalid');
    expect(failure.message).to.include('No such column: "emial", "email.colour", "address".');
    expect(await scene.count('accounts')).to.equal(before);
  });

  for (const [name, content, sentence] of [
    ['an empty file', '', 'no header line'],
    ['a column that is there twice', 'email,name,email\n', '"email" is there twice'],
  ] as const) {
    it(`refuses ${name}`, async () => {
      expect((await failureOf(run(content))).message).to.include(sentence);
    });
  }

  it('names the line from which a file cannot be read, and keeps the accounts before it', async () => {
    const failure = await failureOf(
      scene.run(
        'email,email_verified\nbefore@example.org,true\n"broken@example.org" x,true\nafter@example.org,true\n',
        {
          format: 'csv',
          batchSize: 1,
        },
      ),
    );
    expect(failure.message).to.match(/^From line 3 on, the file cannot be read as CSV \(.+\)\.$/);
    expect(await valuesOf('before@example.org')).to.have.length(1);
  });

  it('does not take bytes that are not UTF-8 for text', async () => {
    const { told } = await run(
      Buffer.concat([
        Buffer.from('email,email_verified,name\nlatin@example.org,true,J'),
        Buffer.from([0xe9]),
        Buffer.from('r\n'),
      ]),
    );
    expect(told).to.deep.equal(['2 - not_utf8']);
  });
});
