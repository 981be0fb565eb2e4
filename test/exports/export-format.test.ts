import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';

import { liveFully } from '../support/people/full-life.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { readAll, unzip } from './scene.ts';

const DOCUMENTED = new URL('../../docs/export.schema.json', import.meta.url);

describe('The data of an export', () => {
  let server: TestServer;
  let files: ReadonlyMap<string, Buffer>;

  before(async () => {
    server = await startTestServer();
    const { people, app } = await liveFully(server);
    const { accountId } = people[0];
    const { clients, exports, ledger } = server.connected;
    await clients.create({
      ownerAccountId: accountId,
      applicationType: 'web',
      name: 'My app',
      redirectUris: ['https://app.example/callback'],
    });
    const { clientId } = app;
    const read = {
      accountId,
      clientId,
      grantId: null,
      channel: 'userinfo',
      claims: ['name'],
    } as const;
    await ledger.append(read);
    const { id: exportId } = await exports.request({ accountId, locale: 'en' });
    await waitFor(
      'the export',
      async () => (await exports.find({ accountId, exportId })).status === 'ready',
    );
    const { body } = await exports.download({ accountId, exportId });
    files = unzip(await readAll(body));
  });
  after(() => server?.stop());

  const parsed = (name: string) => JSON.parse(files.get(name)?.toString('utf8') ?? '') as object;

  it('have something in every section, and exactly the members that their schema names', () => {
    const data = parsed('data.json') as { readonly sections: Record<string, readonly object[]> };
    const empty = Object.entries(data.sections).filter(([, records]) => records.length === 0);
    expect(empty.map(([name]) => name)).to.deep.equal([]);
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    addFormats.default(ajv);
    const validate = ajv.compile(parsed('schema.json'));
    validate(data);
    const problems = (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
    expect(problems).to.deep.equal([]);
  });

  it('come with the documented schema', () => {
    expect(files.get('schema.json')?.toString('utf8')).to.equal(readFileSync(DOCUMENTED, 'utf8'));
  });
});
