import { expectStatus } from '../http-driver.ts';
import { forEveryCaller, type Scenario } from '../scenario.ts';

/** The discovery document (OpenID Connect Discovery 1.0 §4). */
export const discovery: Scenario = {
  name: 'discovery',
  title: 'Discovery',
  target: 1.8,
  floor: 1.5,
  prepare: async (stage) => {
    const { http, subject } = stage;
    return forEveryCaller(stage, async () => {
      await readDocument({ http, subject }, 'discovery', `"issuer":"${subject.issuer}"`);
      return 'done';
    });
  },
};

/** The public keys (RFC 7517). */
export const jwks: Scenario = {
  name: 'jwks',
  title: 'JWKS',
  target: 1.3,
  floor: 1,
  prepare: async (stage) => {
    const { http, subject } = stage;
    return forEveryCaller(stage, async () => {
      await readDocument({ http, subject }, 'jwks', '"kty":"EC"');
      return 'done';
    });
  },
};

async function readDocument(
  { http, subject }: Pick<Parameters<Scenario['prepare']>[0], 'http' | 'subject'>,
  endpoint: 'discovery' | 'jwks',
  mustHold: string,
): Promise<void> {
  const answer = await http.send({ url: subject.endpoints[endpoint] });
  expectStatus(answer, 200, endpoint);
  if (!answer.body.includes(mustHold)) throw new Error(`${endpoint} lacks ${mustHold}`);
}
