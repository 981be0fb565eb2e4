import type { TestPerson } from '../support/people/people.ts';
import type { PageVisit } from './all-pages.ts';
import { authorizationUrl, LIBRARY, type Scene } from './page-scene.ts';

/** The pages of a sign-in at which a person decides about an app. */
export function consentPages(scene: Scene): PageVisit[] {
  const { ana, newcomer, shop, greedy, server, unprovenEmailId, unprovenPhoneId } = scene;
  const at = (name: string, person: TestPerson, url: string): PageVisit => ({
    name,
    person,
    open: async (page) => {
      await page.goto(url);
    },
  });
  const within = (name: string, url: string, step: string): PageVisit => ({
    name,
    person: ana,
    open: async (page) => {
      await page.goto(url);
      await page.goto(`${page.url()}/${step}`);
    },
  });
  return [
    at(
      'consent',
      ana,
      authorizationUrl(scene, greedy, {
        scope: 'openid profile email phone address offline_access loans:read',
        resource: LIBRARY,
      }),
    ),
    at('consent, shown again', ana, authorizationUrl(scene, shop, { prompt: 'consent' })),
    at('consent, something missing', newcomer, authorizationUrl(scene, greedy)),
    at('choose an account', ana, authorizationUrl(scene, shop, { prompt: 'select_account' })),
    within(
      'choose an account, by its own address',
      authorizationUrl(scene, shop, { prompt: 'select_account' }),
      'choose',
    ),
    ...[
      'consent',
      'consent?preview=1',
      'add/email',
      `add/email/${unprovenEmailId}`,
      'add/phone_number',
      `add/phone_number/${unprovenPhoneId}`,
      'add/picture',
      'add/preferred_username',
    ].map((step) => within(`sign-in: ${step}`, authorizationUrl(scene, greedy), step)),
    at('sign in as a different person', ana, authorizationUrl(scene, shop, { prompt: 'login' })),
    at('sign out', ana, `${server.url}/session/end`),
  ];
}
