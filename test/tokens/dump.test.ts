import { expect } from 'chai';

import { ARTIFACT_DEFINITIONS, type ArtifactKind } from '../../src/tokens/artifact.ts';
import {
  createAccount,
  dumpEverything,
  type Node,
  openStorage,
  randomId,
  STORAGE_MODES,
  type TestStorage,
} from './open-stores.ts';

const KINDS = Object.keys(ARTIFACT_DEFINITIONS) as ArtifactKind[];
const LOGIN_HINT = 'ana.horvat@example.org';

for (const mode of STORAGE_MODES) {
  describe(`A dump of ${mode === 'redis' ? 'Postgres and Redis' : 'Postgres'}`, () => {
    let storage: TestStorage;
    let node: Node;

    before(async () => {
      storage = await openStorage(mode);
      node = await storage.openNode();
    });
    after(() => storage.close());

    it('holds no bearer value and no personal value in clear', async () => {
      const accountId = await createAccount(node);
      const secrets = [LOGIN_HINT];
      const secret = (): string => {
        const value = randomId();
        secrets.push(value);
        return value;
      };
      for (const kind of KINDS) {
        const id = secret();
        const cookie = secret();
        const userCode = randomId().slice(0, 8);
        secrets.push(userCode);
        const store = node.tokens.artifacts(kind);
        await store.find(id);
        await store.upsert(
          id,
          {
            kind,
            jti: id,
            accountId,
            clientId: 'bookshop',
            iat: 1,
            ...(kind === 'DeviceCode' && { userCode }),
            ...(ARTIFACT_DEFINITIONS[kind].isSealed && {
              params: { login_hint: LOGIN_HINT },
              session: { cookie },
            }),
          },
          60,
        );
        if (kind !== 'ReplayDetection') await store.consume(id);
      }
      const dump = await dumpEverything(node, storage.keyPrefix);
      expect(dump).to.include('bookshop');
      const forms = secrets.flatMap((value) => [value, Buffer.from(value).toString('hex')]);
      expect(forms.filter((form) => dump.includes(form))).to.deep.equal([]);
    });
  });
}
