import { page } from '../../http/pages/page.ts';
import { FALLBACK_LOCALE } from '../../platform/languages.ts';
import { type Catalogue, introspectedBy } from '../../scopes/index.ts';
import { type Client, needsSecret } from '../client.ts';
import { hasSignIn } from '../settings/client-settings.ts';
import { toAppLine, type AppLine } from './client-views.ts';

/** A step on the way to an app that people trust. */
interface OverviewStep {
  readonly id:
    | 'address'
    | 'details'
    | 'reasons'
    | 'logo'
    | 'policy'
    | 'contact'
    | 'permissions'
    | 'secret'
    | 'used';
  readonly isDone: boolean;
  /** The page of the app on which it is done, below the address of the app. */
  readonly page: string;
}

interface OverviewModel {
  readonly app: AppLine;
  readonly issuer: string;
  readonly steps: readonly OverviewStep[];
  readonly people: number;
  /** There are more people than `people`. */
  readonly hasMorePeople: boolean;
  readonly failures: number;
  /** APIs whose tokens it may introspect. */
  readonly introspectedResources: readonly string[];
}

export const appPage = page<OverviewModel>('clients/app.njk');

/** Larger numbers of people are not counted. */
export const MOST_PEOPLE = 10_000;

interface OverviewInput {
  readonly client: Client;
  readonly catalogue: Catalogue;
  readonly issuer: string;
  /** At most one more than {@link MOST_PEOPLE}. */
  readonly people: number;
  readonly failures: number;
}

/** The first page of an app. */
export function overviewModel({
  client,
  catalogue,
  issuer,
  people,
  failures,
}: OverviewInput): OverviewModel {
  return {
    app: toAppLine(client),
    issuer,
    steps: hasSignIn(client.applicationType)
      ? stepsOfApp(client, catalogue, people > 0)
      : stepsOfService(client),
    people: Math.min(people, MOST_PEOPLE),
    hasMorePeople: people > MOST_PEOPLE,
    failures,
    introspectedResources: introspectedBy(client.id, catalogue.resourceServers),
  };
}

function stepsOfApp(client: Client, catalogue: Catalogue, isUsed: boolean): OverviewStep[] {
  const { requests, scopes, redirectUris } = client;
  const isChosen = requests.length > 0 || catalogue.permittedClaims(scopes).length === 0;
  const hasReasons = requests.every(({ purpose }) => purpose[FALLBACK_LOCALE] !== '');
  return [
    { id: 'address', isDone: redirectUris.some(isPublic), page: '/settings' },
    { id: 'details', isDone: isChosen, page: '/permissions' },
    { id: 'reasons', isDone: isChosen && hasReasons, page: '/permissions' },
    { id: 'logo', isDone: client.logo !== null, page: '/logo' },
    { id: 'policy', isDone: client.policyUri !== null, page: '/settings' },
    { id: 'contact', isDone: client.contact !== null, page: '/settings' },
    { id: 'used', isDone: isUsed, page: '/code' },
  ];
}

function stepsOfService({ scopes, tokenEndpointAuthMethod, ...client }: Client): OverviewStep[] {
  const hasSecret = client.secretFingerprints.length > 0;
  return [
    { id: 'permissions', isDone: scopes.length > 0, page: '/permissions' },
    ...(needsSecret(tokenEndpointAuthMethod)
      ? [{ id: 'secret' as const, isDone: hasSecret, page: '/secrets' }]
      : []),
  ];
}

/** Not only on the computer of the developer; an address of an app on a device is meant for every device. */
function isPublic(uri: string): boolean {
  const url = URL.parse(uri);
  return url !== null && !/^(?:localhost|\[::1\]|127(?:\.\d+){3})$/.test(url.hostname);
}
