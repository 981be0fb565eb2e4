import { expect } from 'chai';

import { runCommand } from '../../cli/run-command.ts';
import { connect } from '../../../src/server/services.ts';
import { waitFor } from '../../support/wait-for.ts';
import { TEST_ENVIRONMENT, testConfig } from '../../support/config.ts';
import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { createTestDatabase, type TestDatabase } from '../../support/servers/database.ts';
import { startKms, type TestKeyService } from '../../support/servers/kms.ts';
import { startNode, type ServerNode } from '../../support/servers/node.ts';
import { createPerson, type TestPerson } from '../../support/people/people.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const TRUST_SECONDS = 3;

describe('A master key in a key service', function () {
  this.timeout(60_000);
  let kms: TestKeyService;
  let database: TestDatabase;
  let env: Record<string, string>;
  let node: ServerNode;
  let person: TestPerson;
  let visitor: Visitor;

  before(async () => {
    kms = await startKms();
    database = await createTestDatabase();
    // The accounts existed before the key service.
    const connected = await connect(testConfig(database.url));
    person = await createPerson(connected, { values: { name: ['Ana Petrova'] } });
    await connected.close();
    const made = await runCommand(['keys', 'new', '--kms'], { ...TEST_ENVIRONMENT, ...kms.env });
    expect(made.output, made.errors).to.match(/^2:kms:[\w+/=]+\n$/);
    env = {
      ...kms.env,
      KMS_TRUST_SECONDS: String(TRUST_SECONDS),
      MASTER_KEYS: `${made.output.trim()},${TEST_ENVIRONMENT.MASTER_KEYS}`,
    };
  });
  after(async () => {
    await node?.stop();
    await database?.drop();
    await kms?.stop();
  });

  const readProfile = async (): Promise<Response> =>
    callApi(visitor, 'GET', `${node.issuer}/api/v1/account/attributes`);
  const isReady = async (): Promise<boolean> =>
    (await fetch(`${node.url}/health/ready`).catch(() => null))?.status === 200;

  it('replaces a plain key by a rotation, after which the plain key is not needed', async () => {
    const settings = { ...TEST_ENVIRONMENT, ...env, DATABASE_URL: database.url };
    const rotated = await runCommand(['keys', 'rotate'], settings);
    expect(rotated.code, rotated.errors + rotated.output).to.equal(0);
    env['MASTER_KEYS'] = (env['MASTER_KEYS'] ?? '').split(',')[0] ?? '';
    node = await startNode({ databaseUrl: database.url, env });
    visitor = await signedInVisitor(node.issuer, person);
    expect(await (await readProfile()).text()).to.include('Ana Petrova');
  });

  it('stays usable while the service is silent for a short time', async () => {
    await kms.behave('silent');
    expect((await readProfile()).status).to.equal(200);
    await kms.behave('normal');
    expect((await readProfile()).status).to.equal(200);
  });

  it('becomes unusable when the silence lasts (503, not ready) and usable when the service returns', async () => {
    await kms.behave('silent');
    const startedAt = performance.now();
    await waitFor('503', async () => (await readProfile()).status === 503, 20_000);
    expect(performance.now() - startedAt).to.be.below((TRUST_SECONDS + 2) * 1_000);
    const refused = await readProfile();
    expect(refused.headers.get('retry-after')).to.match(/^\d+$/);
    expect(await isReady()).to.equal(false);
    await kms.behave('normal');
    await waitFor('the profile', async () => (await readProfile()).status === 200, 20_000);
    expect(await isReady()).to.equal(true);
  });

  it('becomes unusable at once when the service refuses', async () => {
    await kms.behave('disabled');
    await waitFor('503', async () => (await readProfile()).status === 503, TRUST_SECONDS * 1_000);
    await kms.behave('normal');
    await waitFor('the profile', async () => (await readProfile()).status === 200, 20_000);
  });

  it('is bound to its version: a key wrapped as version 2 is not unwrapped as version 3', async () => {
    const wrong = { ...env, MASTER_KEYS: (env['MASTER_KEYS'] ?? '').replace(/^2:/, '3:') };
    const settings = { ...TEST_ENVIRONMENT, ...wrong, DATABASE_URL: database.url };
    const status = await runCommand(['keys', 'status'], settings);
    expect(status.code).to.equal(1);
    expect(status.errors).to.include('InvalidCiphertextException');
  });

  it('is not unwrapped for a request with a wrong signature', async () => {
    const settings = { ...TEST_ENVIRONMENT, ...env, DATABASE_URL: database.url };
    const status = await runCommand(['keys', 'status'], {
      ...settings,
      AWS_SECRET_ACCESS_KEY: 'another secret',
    });
    expect(status.code).to.equal(1);
    expect(status.errors).to.include('InvalidSignatureException');
  });
});
