import { expect } from 'chai';

import { connect, type Connected } from '../../src/server/services.ts';
import type { AppError } from '../../src/platform/app-error.ts';
import { testConfig } from '../support/config.ts';
import { createPerson } from '../support/people/people.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

const ADMINISTRATOR = { accountId: null, isAdministrator: true } as const;

/** The service is "City Library", its operator "Stadt Köln", a verified app "Book Shop". */
const REFUSED = [
  'City Library',
  'CITY  LIBRARY',
  'CityLibrary',
  'city-library',
  'Cіty Lіbrаry',
  'Ｃity Library',
  'C1ty Library',
  'Çity Libráry',
  'City Library – Security',
  'Your City Library account',
  'Stadt Koln',
  'Book Shop',
  'Bookshop',
  'BOOK-SHOP',
  'Воok Shop',
  'B00k Shop',
];
const ACCEPTED = [
  'City',
  'Library',
  'City Libraryist',
  'Simplicity Library',
  'Book Shop Berlin',
  'Books',
];

describe('The name of an app', () => {
  let database: TestDatabase;
  let connected: Connected;
  let trusted: string;
  before(async () => {
    database = await createTestDatabase();
    const operator = { name: 'Stadt Köln', contact: null };
    const config = testConfig(database.url, { brand: { name: 'City Library', operator } });
    connected = await connect(config);
    trusted = (await createPerson(connected)).accountId;
    const { id: clientId } = await register(trusted, 'Book Shop');
    await connected.clients.setVerified({ clientId, manager: ADMINISTRATOR, isVerified: true });
  });
  after(async () => {
    await connected?.close();
    await database?.drop();
  });

  const register = async (ownerAccountId: string, name: string) => {
    const type = { applicationType: 'machine', name } as const;
    return (await connected.clients.create({ ownerAccountId, ...type })).client;
  };
  const problemOf = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: AppError) => error.fields?.['name'],
    );

  it('cannot look like that of the service, its operator or a verified app', async () => {
    const { accountId } = await createPerson(connected);
    const { id: clientId } = await register(accountId, 'Plain');
    const managed = { clientId, manager: { accountId, isAdministrator: false } };
    for (const name of REFUSED) {
      expect(await problemOf(register(accountId, name)), name).to.equal('name_looks_official');
      const renaming = connected.clients.change({ ...managed, changes: { name } });
      expect(await problemOf(renaming), `renamed to ${name}`).to.equal('name_looks_official');
    }
  });

  it('can have a part of such a name, or be longer than that of a verified app', async () => {
    const { accountId } = await createPerson(connected);
    for (const name of ACCEPTED) {
      expect(await problemOf(register(accountId, name)), name).to.equal(null);
    }
  });

  it('can be that of another app of the same owner, or be given by an administrator', async () => {
    await register(trusted, 'Book Shop');
    const { accountId } = await createPerson(connected);
    const { id: clientId } = await register(accountId, 'Plain');
    const { name } = await connected.clients.change({
      clientId,
      manager: ADMINISTRATOR,
      changes: { name: 'City Library' },
    });
    expect(name).to.equal('City Library');
    const created = await connected.clients.create({
      ownerAccountId: accountId,
      applicationType: 'machine',
      name: 'City Library nightly job',
      isByAdministrator: true,
    });
    expect(created.client.name).to.equal('City Library nightly job');
  });

  it('of an app of the installation can be any', async () => {
    const { client } = await connected.clients.createNamed({
      clientId: 'demo-shop',
      ownerAccountId: (await createPerson(connected)).accountId,
      applicationType: 'machine',
      name: 'Book Shop',
    });
    expect(client.name).to.equal('Book Shop');
  });
});
