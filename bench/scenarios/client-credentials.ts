import { requestTokens } from '../protocol.ts';
import { forEveryCaller, type Scenario, type Stage } from '../scenario.ts';

/** A token for the app itself (RFC 6749 §4.4). */
export const clientCredentials: Scenario = {
  name: 'client_credentials',
  title: 'Client credentials',
  target: 1.3,
  floor: 1,
  prepare: async (stage) =>
    forEveryCaller(stage, async () => {
      await requestOwnToken(stage);
      return 'done';
    }),
};

/** An access token for the app itself. */
export async function requestOwnToken(stage: Stage): Promise<string> {
  const parameters = { grant_type: 'client_credentials' };
  return (await requestTokens(stage, parameters, stage.subject.machine)).access_token;
}
