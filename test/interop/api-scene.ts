import { signIn, visitorAt } from '../support/people/people.ts';
import { registerThirdPartyApp } from '../support/people/third-party-app.ts';
import type { AppProcess } from './app-process.ts';
import { type InteropScene, openScene } from './scene.ts';

/** The access token format of an API. */
export type TokenFormat = 'opaque' | 'jwt';

const FORMATS: readonly TokenFormat[] = ['opaque', 'jwt'];

/** Two APIs, one for each format, and a shop that calls them for Ana. */
export interface InteropApis {
  readonly scene: InteropScene;
  readonly shopId: string;
  /** An access token of the shop for the API, after consent of Ana. */
  tokenFor(format: TokenFormat): Promise<string>;
  /** Permits the app to introspect the tokens of both APIs. */
  permitIntrospection(app: AppProcess): Promise<void>;
  /** Revokes all grants of the shop. */
  endGrants(): Promise<void>;
  close(): Promise<void>;
}

/** The resource identifier of the API with this token format. */
export function resourceOf(format: TokenFormat): string {
  return `https://${format}.example.org/`;
}

/** Opens a scene with the APIs. Close it in an `after` hook. */
export async function openApis(): Promise<InteropApis> {
  const scene = await openScene();
  const { db, scopes, tokens } = scene.server.connected;
  const by = { actorId: scene.ana.accountId };
  for (const format of FORMATS) {
    const words = { en: format, ru: format };
    await scopes.defineResourceServer({
      ...by,
      identifier: resourceOf(format),
      title: words,
      accessTokenFormat: format,
      accessTokenLifetimeSeconds: 600,
    });
    await scopes.defineScope({
      ...by,
      name: `orders:${format}`,
      resource: resourceOf(format),
      title: words,
      description: words,
      sensitivity: 'low',
    });
  }
  const shop = await registerThirdPartyApp(scene.server, scene.ana.accountId, {
    scopes: ['openid', ...FORMATS.map((format) => `orders:${format}`)],
  });
  return {
    scene,
    shopId: shop.clientId,
    tokenFor: async (format) => {
      const visitor = visitorAt(scene.server.url);
      const resource = resourceOf(format);
      const attempt = await shop.begin(visitor, { scope: `openid orders:${format}`, resource });
      await signIn(visitor, scene.ana);
      const needsConsent = visitor.page.document.querySelector('button[value=allow]') !== null;
      if (needsConsent) {
        await visitor.submitForm('button[value=allow]', { [`scope.orders:${format}`]: 'allow' });
      }
      return (await attempt.finish()).access_token;
    },
    permitIntrospection: async ({ clientId }) => {
      for (const format of FORMATS) {
        await scopes.changeResourceServer({
          ...by,
          identifier: resourceOf(format),
          introspectionClientIds: [clientId],
        });
      }
    },
    endGrants: async () => {
      await db.transaction((tx) => tokens.revokeGrants(tx, { clientId: shop.clientId }));
    },
    close: () => scene.close(),
  };
}
