import { registerThirdPartyApp } from '../support/people/third-party-app.ts';
import type { PageVisit } from './all-pages.ts';
import type { Scene } from './page-scene.ts';

/** The page after a sign-in at the site of a gateway that ended without access, for each reason. */
export async function gatewayPages({ server, ana }: Scene): Promise<PageVisit[]> {
  const { clientId } = await registerThirdPartyApp(server, ana.accountId, {
    name: 'Wiki of the Old Harbour Company',
    redirectUris: ['https://wiki.example.com/.consentry/callback'],
    isGateway: true,
  });
  return ['refused', 'expired', 'failed'].map((reason) => ({
    name: `/gateway/stopped (${reason})`,
    person: null,
    open: async (page) => {
      await page.goto(`${server.url}/gateway/stopped?app=${clientId}&reason=${reason}`);
    },
  }));
}
