import { type Client, CONSOLE_CLIENT_ID } from '../../clients/index.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { notFound, pageRoute, render } from '../../http/routing/page-route.ts';
import { type ConsentExampleDeps, exampleModel } from './consent-example-views.ts';
import { consentPage } from './consent-views.ts';

interface ConsentGuideDeps extends Omit<ConsentExampleDeps, 'templates'> {
  readonly clients: { readonly find: (clientId: string) => Promise<Client | null> };
}

const REASONS = {
  name: 'namePurpose',
  email: 'emailPurpose',
  birthdate: 'birthdatePurpose',
} as const;

/** The consent page itself, with an invented app and person, as a part of the design guide. Mount it in development only. */
export function consentGuideRoutes(deps: ConsentGuideDeps): readonly AnyRoute[] {
  const text = (locale: string, key: string): string =>
    deps.words.translate({ locale, namespace: 'interactions', key: `landing.example.${key}` });
  return [
    pageRoute({
      method: 'get',
      path: '/design/interaction',
      access: 'public',
      handle: async ({ request: { locale } }) => {
        const client = await deps.clients.find(CONSOLE_CLIENT_ID);
        if (client === null) return notFound();
        const app: Client = {
          ...client,
          id: 'bookshop',
          name: text(locale, 'app'),
          isVerified: false,
          redirectUris: ['https://bookshop.example/callback'],
          scopes: ['openid', 'profile', 'email', 'offline_access'],
          requests: Object.entries(REASONS).map(([claim, reason]) => ({
            claim,
            necessity: claim === 'name' ? 'essential' : 'voluntary',
            purpose: { en: text(locale, reason) },
            purposeVersion: 1,
            longestDuration: 'until_withdrawn',
          })),
        };
        return render(consentPage, await exampleModel(deps, app, locale));
      },
    }),
  ];
}
