import { askForTokens } from '../protocol.ts';
import { forEveryCaller, type Scenario, type Stage } from '../scenario.ts';

/** A token for the app itself (RFC 6749 §4.4). */
export const clientCredentials: Scenario = {
  name: 'client_credentials',
  title: 'Client credentials',
  target: 1.3,
  floor: 1,
  prepare: async (stage) =>
    forEveryCaller(stage, async () => {
      await askForOwnToken(stage);
      return 'done';
    }),
};

/** An access token for the app itself. */
export async function askForOwnToken(stage: Stage): Promise<string> {
  const parameters = { grant_type: 'client_credentials' };
  return (await askForTokens(stage, parameters, stage.subject.machine)).access_token;
}
