import { hashSync } from 'bcryptjs';
import { expect } from 'chai';

import type { Attribute } from '../../src/vault/index.ts';
import { failureOf } from '../support/failure.ts';
import { anybody, importFile, lines, openImportScene, type ImportScene } from './scene.ts';

const ip = '192.0.2.7';

describe('importing accounts', () => {
  let scene: ImportScene;

  before(async () => {
    scene = await openImportScene();
  });

  after(() => scene.close());

  async function valuesOf(email: string): Promise<readonly Attribute[]> {
    const owner = await scene.connected.vault.findIdentifier({ kind: 'email', value: email });
    return owner === null ? [] : scene.connected.vault.listAttributes(owner.accountId);
  }

  it('creates an account with all fields of a line', async () => {
    const { outcome, imported, told } = await scene.run(
      lines({
        id: 'old-1',
        created_at: '2020-02-03T04:05:06Z',
        language: 'ru',
        email: ['first@example.org', { value: 'work@example.org', label: 'work', verified: true }],
        phone_number: { value: '+1 202 555 0143', verified: true },
        name: 'Ana Petrova',
        nickname: ['Anya', 'Annie'],
        address: { locality: 'Lisbon', country: 'Portugal' },
        birthdate: '1991-04-12',
      }),
    );
    expect({ outcome, imported, told }).to.deep.equal({
      outcome: 'finished',
      imported: 1,
      told: [],
    });
    const values = await valuesOf('work@example.org');
    const told2 = values.map(({ claim, value, label, isVerified, isDefault }) => ({
      claim,
      value,
      label,
      isVerified,
      isDefault,
    }));
    expect(told2).to.have.deep.members([
      {
        claim: 'email',
        value: 'first@example.org',
        label: null,
        isVerified: false,
        isDefault: false,
      },
      {
        claim: 'email',
        value: 'work@example.org',
        label: 'work',
        isVerified: true,
        isDefault: true,
      },
      {
        claim: 'phone_number',
        value: '+12025550143',
        label: null,
        isVerified: true,
        isDefault: true,
      },
      { claim: 'name', value: 'Ana Petrova', label: null, isVerified: false, isDefault: true },
      { claim: 'nickname', value: 'Anya', label: null, isVerified: false, isDefault: true },
      { claim: 'nickname', value: 'Annie', label: null, isVerified: false, isDefault: false },
      {
        claim: 'address',
        value: { locality: 'Lisbon', country: 'Portugal' },
        label: null,
        isVerified: false,
        isDefault: true,
      },
      { claim: 'birthdate', value: '1991-04-12', label: null, isVerified: false, isDefault: true },
    ]);
    const owner = await scene.connected.vault.findIdentifier({
      kind: 'email',
      value: 'work@example.org',
    });
    const account = await scene.connected.accounts.find(owner?.accountId ?? '');
    expect(account).to.include({ status: 'active', locale: 'ru' });
    expect(account?.createdAt.toISOString()).to.equal('2020-02-03T04:05:06.000Z');
    expect(
      await scene.connected.vault.findIdentifier({ kind: 'email', value: 'first@example.org' }),
    ).to.equal(null);
    const [event] = await scene.connected.audit.list(owner?.accountId ?? '');
    expect(event?.kind).to.equal('account.imported');
  });

  it('keeps no value in a column in clear, the id of the other system included', async () => {
    await scene.run(
      lines(
        anybody({ id: 'employee-4711', name: 'Zebulon Quasimodo', email: 'zebulon@example.org' }),
      ),
    );
    for (const table of [
      'accounts',
      'attributes',
      'identifiers',
      'account_external_ids',
      'account_imports',
      'audit_events',
    ]) {
      const { rows } = await scene.connected.db.pool.query<object>(`select * from ${table}`);
      const text =
        JSON.stringify(rows, (_, value: unknown) => value) +
        rows
          .map((row) =>
            Object.values(row)
              .map((cell) => (Buffer.isBuffer(cell) ? cell.toString('latin1') : String(cell)))
              .join(' '),
          )
          .join(' ');
      expect(text, table).not.to.match(/employee-4711|Quasimodo|zebulon/i);
    }
  });

  it('lets people sign in with their old password, and replaces its hash', async () => {
    const email = 'bcrypt@example.org';
    await scene.run(lines(anybody({ email, password_hash: hashSync('short one', 4) })));
    const wrong = await failureOf(
      scene.connected.authentication.signIn({
        identifier: email,
        password: 'short two',
        deviceId: null,
        ip,
      }),
    );
    expect(wrong).to.include({ code: 'sign_in_failed' });
    for (const turn of ['first', 'second']) {
      const result = await scene.connected.authentication.signIn({
        identifier: email,
        password: 'short one',
        deviceId: null,
        ip,
      });
      expect(result.status, turn).to.equal('signed_in');
    }
    const owner = await scene.connected.vault.findIdentifier({ kind: 'email', value: email });
    const { rows } = await scene.connected.db.pool.query(
      'select hash, scheme from password_credentials where account_id = $1',
      [owner?.accountId],
    );
    expect(rows[0]).to.have.property('scheme', null);
    expect(rows[0])
      .to.have.property('hash')
      .that.matches(/^\$argon2id\$v=19\$m=19456,/);
  });

  it('refuses sign-ins of blocked and suspended people', async () => {
    const hash = hashSync('short one', 4);
    await scene.run(
      lines(
        anybody({
          email: 'blocked@example.org',
          status: 'blocked',
          status_reason: 'fraud',
          password_hash: hash,
        }),
        anybody({ email: 'suspended@example.org', status: 'suspended', password_hash: hash }),
      ),
    );
    for (const email of ['blocked@example.org', 'suspended@example.org']) {
      const failure = await failureOf(
        scene.connected.authentication.signIn({
          identifier: email,
          password: 'short one',
          deviceId: null,
          ip,
        }),
      );
      expect(failure).to.include({ code: 'sign_in_failed' });
    }
  });

  it('reports every problem of every line, and imports the others', async () => {
    const { imported, refused, told } = await scene.run(
      lines(
        anybody(),
        '{ not json',
        '[1, 2]',
        anybody({ email: 'no address', birthdate: '1990-02-30' }),
        anybody({ nam: 'Ana' }),
        anybody({ status: 'temporary', language: 'de', created_at: 'yesterday' }),
        anybody({ status: 'blocked' }),
        anybody({ password_hash: 'secret' }),
        anybody({ created_at: '2999-01-01' }),
        { email: 'unverified@example.org' },
        { name: 'Nobody' },
        anybody({ name: { value: 'Ana', colour: 'red' } }),
        anybody({ name: { value: 'Ana', verified: true } }),
        anybody({ name: { value: 'Ana', label: 7 }, email_verified: 'perhaps' }),
        anybody({ address: { locality: 'x'.repeat(300) } }),
        anybody({ name: ['Ana', 'Ana'] }),
        anybody({ picture: 'https://example.org/me.png' }),
        '',
        anybody(),
      ),
    );
    expect(imported).to.equal(2);
    expect(refused).to.equal(16);
    expect(told).to.deep.equal(
      [
        '2 - json_invalid',
        '3 - object_expected',
        '4 email email_invalid',
        '4 birthdate birthdate_invalid',
        '5 nam claim_unknown',
        '6 status status_unknown',
        '6 language language_unknown',
        '6 created_at time_invalid',
        '7 status_reason reason_required',
        '8 password_hash password_hash_unknown',
        '9 created_at time_in_future',
        '10 - no_way_to_sign_in',
        '11 - no_way_to_sign_in',
        '12 name field_unknown',
        '13 name claim_not_verifiable',
        '14 email.verified boolean_expected',
        '14 name.label text_expected',
        '15 address.locality value_too_long',
        '16 name.2 value_exists',
        '17 picture claim_not_editable',
      ].toSorted((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10)),
    );
  });

  it('refuses hostile lines and imports the others', async () => {
    const hostile = [
      Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]),
      Buffer.from(`{"name":"${'x'.repeat(1_200_000)}"}\n`),
      Buffer.from(`${'['.repeat(100_000)}\n`),
      Buffer.from(
        lines(
          anybody({ name: 'a\u0000b' }),
          anybody({ name: '\u202Eevil' }),
          anybody({ __proto__x: 1 }),
          '{"email":"proto@example.org","email_verified":true,"__proto__":{"status":"blocked"}}',
          anybody({
            email: Array.from({ length: 200 }, (_, index) => `many${String(index)}@example.org`),
          }),
          anybody({ name: { value: { toString: 'x' } } }),
          anybody({ name: '<script>alert(1)</script>', email: 'markup@example.org' }),
        ),
      ),
    ];
    const { imported, told } = await scene.run(Buffer.concat(hostile));
    expect(imported).to.equal(1);
    expect(told.map((line) => line.split(' ').at(-1))).to.include.members([
      'not_utf8',
      'line_too_long',
      'json_invalid',
      'value_has_hidden_characters',
      'claim_unknown',
      'too_many_values',
    ]);
    const values = await valuesOf('markup@example.org');
    expect(values.find(({ claim }) => claim === 'name')?.value).to.equal(
      '<script>alert(1)</script>',
    );
  });

  it('reports no content of a line in a problem', async () => {
    const { problems } = await scene.run(
      lines(anybody({ email: 'secret-address', birthdate: 'secret-date' })),
    );
    expect(problems).to.have.length(2);
    expect(JSON.stringify(problems)).not.to.include('secret');
  });

  it('reports a missing file in one sentence', async () => {
    const failure = await failureOf(importFile(scene.connected, { file: '/no/such/file.ndjson' }));
    expect(failure).to.include({ code: 'file_unreadable' });
    expect(failure.message).to.equal('Cannot read /no/such/file.ndjson: there is no such file.');
  });
});
