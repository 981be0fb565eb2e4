import type { Catalogue } from '../../scopes/index.ts';
import type { ApplicationType, Client } from '../client.ts';

/** The name of a file, or the heading of commands for a shell among the words of the pages. */
type BlockTitle =
  | { readonly file: string }
  | {
      readonly step: 'install' | 'start' | 'sign_in' | 'exchange' | 'user_info' | 'get_token';
    };

/** One block of a sample. A developer writes the files, then runs the commands, in the order of the blocks. */
export type SampleBlock = BlockTitle & { readonly code: string };

/** A block whose code is a template below `views/clients/samples/`, with these values beside those of {@link SampleInput}. */
export type TemplateBlock = BlockTitle & { readonly template: string; readonly values?: object };

/** A sentence beside a sample; `id` is the key among the words of the pages. */
export interface SampleNote {
  readonly id:
    'redirect_uri' | 'proxy' | 'api_elsewhere' | 'api_values' | 'private_jwk' | 'signed_jwt';
  readonly values: Readonly<Record<string, string>>;
  /** A page of the app, below its own address, where the note can be followed. */
  readonly page?: 'settings';
}

/** The values of one app that a sample contains. The secret is none of them: samples read it from CLIENT_SECRET. */
export interface SampleInput {
  readonly client: Client;
  /** Our own origin. */
  readonly issuer: string;
  /** The first registered redirect address; empty when the app has none. */
  readonly redirectUri: string;
  /** The same, parsed. */
  readonly redirect: URL | null;
  /** Where the program listens: the port of the redirect address, or 8080 behind a proxy. */
  readonly port: string;
  /** The scopes of this server that the app registered. */
  readonly scope: string;
  /** These and the scopes of `api`. */
  readonly allScopes: string;
  /** The first API of which the app registered scopes, with these scopes (RFC 8707). */
  readonly api: { readonly resource: string; readonly scope: string } | null;
}

/** A language or framework with one library. Product names are not translated. */
export interface Stack {
  /** The name on the tab. */
  readonly title: string;
  /** The library, with the version that the tests run. */
  readonly library: string;
  readonly types: readonly ApplicationType[];
  /** Whether the library can do the settings of this app. Default: any. */
  fits?(client: Client): boolean;
  blocks(input: SampleInput): readonly (SampleBlock | TemplateBlock)[];
  notes?(input: SampleInput): readonly SampleNote[];
}

/** Collects the values of an app for its samples. */
export function sampleInput(
  client: Client,
  {
    issuer,
    catalogue,
  }: { readonly issuer: string; readonly catalogue: Pick<Catalogue, 'apiScopes'> },
): SampleInput {
  const ofApis = catalogue.apiScopes.filter(
    ({ name, resource }) => resource !== null && client.scopes.includes(name),
  );
  const resource = ofApis[0]?.resource ?? null;
  const names = new Set(ofApis.map(({ name }) => name));
  const ofThisApi = ofApis.filter((scope) => scope.resource === resource).map(({ name }) => name);
  const ofThisServer = client.scopes.filter((name) => !names.has(name));
  const redirectUri = client.redirectUris[0] ?? '';
  const redirect = URL.parse(redirectUri);
  return {
    client,
    issuer,
    redirectUri,
    redirect,
    port: redirect?.port || '8080',
    scope: ofThisServer.join(' '),
    allScopes: [...ofThisServer, ...ofThisApi].join(' '),
    api: resource === null ? null : { resource, scope: ofThisApi.join(' ') },
  };
}

/** A secret is registered: the library sends it. */
export function usesSecret({ tokenEndpointAuthMethod: method }: Client): boolean {
  return method !== 'none' && method !== 'private_key_jwt';
}

/** The notes of a library that signs people in and whose sample requests no API; none for a service. */
export function signInNotes(input: SampleInput): SampleNote[] {
  const { client, api } = input;
  if (client.applicationType === 'machine') return [];
  return [
    ...proxyNotes(input),
    ...(api === null ? [] : [{ id: 'api_elsewhere', values: { api: api.resource } } as const]),
  ];
}

/** The note for an address with https: the program itself listens with http. */
export function proxyNotes({ redirectUri, port }: SampleInput): SampleNote[] {
  return isSecure(redirectUri) ? [{ id: 'proxy', values: { port } }] : [];
}

/** The note about the private key of an app that authenticates with one. */
export function keyNotes({ client }: SampleInput, id: 'private_jwk' | 'signed_jwt'): SampleNote[] {
  return client.tokenEndpointAuthMethod === 'private_key_jwt' ? [{ id, values: {} }] : [];
}

/** The note that an access token for an API reads no values, when the ID token contains none either. */
export function valueNotes({ client, api }: SampleInput): SampleNote[] {
  return api !== null && client.applicationType !== 'machine' && !client.claimsInIdToken
    ? [{ id: 'api_values', values: { api: api.resource }, page: 'settings' }]
    : [];
}

/** Whether an address is https. */
export function isSecure(address: string): boolean {
  return address.startsWith('https:');
}
