import { createBrowser } from '../browser.ts';
import { expectStatus } from '../http-driver.ts';
import { runCodeFlow } from '../protocol.ts';
import type { Operation, Scenario, Stage } from '../scenario.ts';
import { accountFor } from './code-flow.ts';

/** An access token of a person for every caller. */
export async function personTokens(stage: Stage): Promise<readonly string[]> {
  const tokens: string[] = [];
  for (let caller = 0; caller < stage.concurrency; caller += 1) {
    const flow = { ...stage, browser: createBrowser(stage.http) };
    const options = { scope: 'openid profile email' };
    tokens.push((await runCodeFlow(flow, accountFor(stage, caller), options)).access_token);
  }
  return tokens;
}

/** UserInfo with the name in it; at our server each reading is a durable row in the ledger. */
export const userinfo: Scenario = {
  name: 'userinfo',
  title: 'UserInfo, with the ledger row',
  target: 0.8,
  floor: 0.6,
  prepare: async (stage) =>
    (await personTokens(stage)).map((token): Operation => {
      const headers = { authorization: `Bearer ${token}` };
      return async () => {
        const answer = await stage.http.send({ url: stage.subject.endpoints.userinfo, headers });
        expectStatus(answer, 200, 'userinfo');
        const claims = JSON.parse(answer.body) as { sub?: string; name?: string };
        if (claims.sub === undefined || claims.name === undefined) {
          throw new Error(`userinfo lacks the name: ${Object.keys(claims).join(' ')}`);
        }
        return 'done';
      };
    }),
};
