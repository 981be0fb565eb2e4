import { expect } from 'chai';

import type { ArtifactKind } from '../../src/tokens/index.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  STORAGE_MODES,
  type TestStorage,
} from '../tokens/open-stores.ts';

const KINDS: readonly ArtifactKind[] = [
  'AuthorizationCode',
  'RefreshToken',
  'PushedAuthorizationRequest',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
];
const TRIES = 50;
const ROUNDS = 5;

for (const mode of STORAGE_MODES) {
  describe(`Fifty concurrent uses of one artifact at two servers, ${mode === 'redis' ? 'Redis' : 'Postgres alone'}`, () => {
    let storage: TestStorage;
    let nodes: readonly [Node, Node];
    let accountId: string;

    before(async () => {
      storage = await openStorage(mode);
      nodes = await Promise.all([storage.openNode(), storage.openNode()]);
      accountId = await createAccount(nodes[0]);
    });
    after(() => storage.close());

    const nodeOf = (index: number): Node => (index % 2 === 0 ? nodes[0] : nodes[1]);

    for (const kind of KINDS) {
      it(`permit one use of the ${kind}`, async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const id = randomId();
          const payload = { kind, jti: id, accountId, clientId: 'bookshop', iat: 1 };
          await nodes[0].tokens.artifacts(kind).upsert(id, payload, 60);
          const outcomes = await Promise.allSettled(
            Array.from({ length: TRIES }, (_, index) =>
              nodeOf(index).tokens.artifacts(kind).consume(id),
            ),
          );
          const refusals = outcomes.filter((outcome) => outcome.status === 'rejected');
          expect(refusals).to.have.length(TRIES - 1);
          const codes = new Set(refusals.map(({ reason }) => (reason as { code: string }).code));
          expect([...codes]).to.deep.equal(['already_used']);
        }
      });
    }

    it('record one first use of an identifier', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const id = randomId();
        const seen = await Promise.all(
          Array.from({ length: TRIES }, (_, index) =>
            nodeOf(index).tokens.artifacts('ReplayDetection').find(id),
          ),
        );
        expect(seen.filter((found) => found === undefined)).to.have.length(1);
      }
    });
  });
}
