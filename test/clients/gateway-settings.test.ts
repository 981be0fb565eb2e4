import { expect } from 'chai';

import type { CreateClientInput } from '../../src/clients/index.ts';
import type { AppError } from '../../src/platform/app-error.ts';
import { createPerson } from '../support/people/people.ts';
import { openTwoNodes, type TwoNodes } from './open-services.ts';

const CALLBACK = 'https://wiki.example/.consentry/callback';
const REFUSED: readonly (readonly [string, Partial<CreateClientInput>, Record<string, string>])[] =
  [
    ['without a secret', { applicationType: 'single_page' }, { isGateway: 'gateway_needs_secret' }],
    [
      'with two addresses',
      { redirectUris: [CALLBACK, 'https://board.example/x/callback'] },
      { redirectUris: 'gateway_needs_callback' },
    ],
    [
      'with a callback in no folder',
      { redirectUris: ['https://wiki.example/callback'] },
      { redirectUris: 'gateway_needs_callback' },
    ],
    [
      'with a query in its address',
      { redirectUris: [`${CALLBACK}?a=b`] },
      { redirectUris: 'gateway_needs_callback' },
    ],
    [
      'that is turned off and reads values',
      { isGateway: false, gatewayReadsContact: true },
      { gatewayReadsContact: 'gateway_only' },
    ],
  ];

describe('A gateway', () => {
  let nodes: TwoNodes;
  let ownerAccountId: string;

  before(async () => {
    nodes = await openTwoNodes();
    ownerAccountId = (await createPerson(nodes.here)).accountId;
  });
  after(() => nodes.close());

  const create = (settings: Partial<CreateClientInput>) =>
    nodes.here.clients.create({
      applicationType: 'web',
      name: 'Wiki',
      redirectUris: [CALLBACK],
      isGateway: true,
      ...settings,
      ownerAccountId,
    });

  for (const [title, settings, fields] of REFUSED) {
    it(`is refused ${title}`, async () => {
      const error = await create(settings).catch((failure: unknown) => failure);
      expect((error as AppError).code).to.equal('client_invalid');
      expect((error as AppError).fields).to.deep.equal(fields);
    });
  }

  it('reads no values until the developer turns that on, and an app from before is no gateway', async () => {
    const { client } = await create({});
    expect(client).to.include({ isGateway: true, gatewayReadsContact: false });
    await nodes.here.db.query({
      name: 'test-older-gateway',
      text: `update clients set metadata = metadata - 'is_gateway' - 'gateway_reads_contact' where id = $1`,
      values: [client.id],
    });
    const manager = { accountId: ownerAccountId, isAdministrator: false };
    const found = await nodes.here.clients.findManaged({ clientId: client.id, manager });
    expect(found).to.include({ isGateway: false, gatewayReadsContact: false });
  });
});
