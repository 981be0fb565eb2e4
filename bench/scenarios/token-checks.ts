import { expectStatus } from '../http-driver.ts';
import { basicAuthorization } from '../protocol.ts';
import { forEveryCaller, type Operation, type Scenario, type Stage } from '../scenario.ts';
import { requestOwnToken } from './client-credentials.ts';
import { personTokens } from './userinfo.ts';

// A revoked token cannot be revoked again at the same cost, so the number of tokens limits the run.
const revocationSupply = 12_000;

/** Introspection of a person's access token (RFC 7662). */
export const introspect: Scenario = {
  name: 'introspect',
  title: 'Introspection',
  target: 1.4,
  floor: 1,
  prepare: prepareIntrospection,
};

/** A check of a gateway by the token of a person. The other servers have introspection only, which a gateway would use there. */
export const verify: Scenario = {
  name: 'verify',
  title: 'Check of a gateway',
  target: 1.4,
  floor: 1,
  prepare: async (stage) => {
    const { endpoints, app } = stage.subject;
    const url = endpoints.verify;
    if (url === null) return prepareIntrospection(stage);
    return (await personTokens(stage)).map((token): Operation => async () => {
      const headers = {
        'consentry-gateway': basicAuthorization(app),
        authorization: `Bearer ${token}`,
        'x-forwarded-method': 'GET',
        'x-forwarded-uri': '/wiki/start?page=1',
      };
      const answer = await stage.http.send({ url, headers });
      expectStatus(answer, 200, 'verify');
      const { access, sub } = JSON.parse(answer.body) as { access?: boolean; sub?: string };
      if (access !== true || sub === undefined) throw new Error('verify returned no person');
      return 'done';
    });
  },
};

async function prepareIntrospection(stage: Stage): Promise<readonly Operation[]> {
  const headers = { authorization: basicAuthorization(stage.subject.app) };
  return (await personTokens(stage)).map((token): Operation => async () => {
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' });
    const url = stage.subject.endpoints.introspection;
    const answer = await stage.http.send({ url, headers, form });
    expectStatus(answer, 200, 'introspection');
    const { active } = JSON.parse(answer.body) as { active?: boolean };
    if (active !== true) throw new Error('introspection returned an inactive token');
    return 'done';
  });
}

/** Revocation of an access token (RFC 7009), each token once. */
export const revoke: Scenario = {
  name: 'revoke',
  title: 'Revocation',
  target: 1.1,
  floor: 0.8,
  longestWarmUpSeconds: 0.25,
  prepare: async (stage) => {
    const supply: string[] = [];
    await Promise.all(
      Array.from({ length: stage.concurrency }, async () => {
        while (supply.length < (stage.revocations ?? revocationSupply)) {
          supply.push(await requestOwnToken(stage));
        }
      }),
    );
    const headers = { authorization: basicAuthorization(stage.subject.machine) };
    return forEveryCaller(stage, async () => {
      const token = supply.pop();
      if (token === undefined) return 'nothing left';
      const form = new URLSearchParams({ token, token_type_hint: 'access_token' });
      const url = stage.subject.endpoints.revocation;
      const answer = await stage.http.send({ url, headers, form });
      expectStatus(answer, 200, 'revocation');
      return 'done';
    });
  },
};
