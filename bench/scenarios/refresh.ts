import { createBrowser } from '../browser.ts';
import { requestTokens, runCodeFlow } from '../protocol.ts';
import type { Operation, Scenario } from '../scenario.ts';
import { accountFor } from './code-flow.ts';

/** Every caller swaps its own refresh token for the next one (RFC 6749 §6), rotated each time. */
export const refresh: Scenario = {
  name: 'refresh',
  signsIdToken: true,
  title: 'Refresh',
  target: 0.9,
  floor: 0.7,
  prepare: async (stage) => {
    const operations: Operation[] = [];
    for (let caller = 0; caller < stage.concurrency; caller += 1) {
      const options = { scope: 'openid profile email offline_access', prompt: 'consent' };
      const flow = { ...stage, browser: createBrowser(stage.http) };
      let { refresh_token: current } = await runCodeFlow(flow, accountFor(stage, caller), options);
      operations.push(async () => {
        const tokens = await requestTokens(stage, {
          grant_type: 'refresh_token',
          refresh_token: current ?? '',
        });
        if (tokens.refresh_token === undefined || tokens.refresh_token === current) {
          throw new Error('the refresh token was not rotated');
        }
        current = tokens.refresh_token;
        return 'done';
      });
    }
    return operations;
  },
};
