import { expect } from 'chai';

import {
  createAccount,
  openStorage,
  randomId,
  type Node,
  type TestStorage,
} from '../tokens/open-stores.ts';
import { sessionPayload } from './example-session.ts';
import { inRequest } from './request.ts';

const SIGN_INS = 50;
const LIMIT = 4;

describe('Fifty sign-ins of one account at two nodes at once', function () {
  this.timeout(60_000);
  let storage: TestStorage;
  let nodes: readonly [Node, Node];

  before(async () => {
    storage = await openStorage('postgres');
    nodes = [
      await storage.openNode({ sessionLimit: LIMIT }),
      await storage.openNode({ sessionLimit: LIMIT }),
    ];
  });
  after(() => storage?.close());

  const signInAtOnce = async (deviceOf: (position: number) => string): Promise<string> => {
    const accountId = await createAccount(nodes[0]);
    await Promise.all(
      Array.from({ length: SIGN_INS }, (_, position) => {
        const { sessions } = nodes[position % 2 === 0 ? 0 : 1];
        const session = { id: randomId(), uid: randomId() };
        const payload = sessionPayload(session, accountId);
        const options = { deviceId: deviceOf(position) };
        return inRequest(() => sessions.artifacts.upsert(session.id, payload, 86_400), options);
      }),
    );
    return accountId;
  };

  it('leave as many sessions as an account may have', async () => {
    const accountId = await signInAtOnce((position) => `device-${String(position)}`);
    for (const { sessions } of nodes) expect(await sessions.list(accountId)).to.have.length(LIMIT);
  });

  it('leave one session when all come from one device', async () => {
    const accountId = await signInAtOnce(() => 'one-device');
    for (const { sessions } of nodes) expect(await sessions.list(accountId)).to.have.length(1);
  });
});
