import { AppError } from '../platform/app-error.ts';
import {
  type ApplicationType,
  type ClaimRequestInput,
  CLIENT_TOPIC,
  type Client,
  needsSecret,
  newClientId,
  type NewSecret,
} from './client.ts';
import { createClientStore } from './client-store.ts';
import type { ClientsContext } from './context.ts';
import { numberRequests, requestProblems } from './requests/claim-requests.ts';
import { storeNewSecret } from './secrets/rotate-secret.ts';
import {
  type ClientSettings,
  defaultSettings,
  flowsOf,
  sectorHost,
  tidySettings,
} from './settings/client-settings.ts';
import { looksOfficial } from './settings/official-names.ts';
import { settingsProblems } from './settings/validate-settings.ts';
import type { StoredClient } from './stored-client.ts';

/** Settings that are left out get the defaults of the application type. */
export interface CreateClientInput extends Partial<ClientSettings> {
  readonly ownerAccountId: string;
  readonly applicationType: ApplicationType;
  readonly name: string;
  readonly requests?: readonly ClaimRequestInput[];
  /** A UUID of the submitted form. A form of an owner creates one app, however often it is submitted. */
  readonly draftKey?: string;
  /** An administrator may give a name that looks official, see {@link looksOfficial}. Default false. */
  readonly isByAdministrator?: boolean;
}

interface CreatedClient {
  readonly client: Client;
  /** `null` when the app does not use one. */
  readonly secret: NewSecret | null;
}

const READABLE_ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Registers an app (RFC 7591 §2 metadata, checked more strictly) under a random id.
 * @throws AppError `client_invalid` with `fields` such as `redirectUris.0` or `requests.0.purpose.en`; `draft_used`
 * when the form was submitted before.
 */
export function createClient(
  ctx: ClientsContext,
  input: CreateClientInput,
): Promise<CreatedClient> {
  return register(ctx, newClientId(), input);
}

/**
 * Registers an app of the installation, such as the demo, under a readable id: lower-case letters, digits and hyphens.
 * Never call it with an id from a request.
 * @throws AppError as `createClient`; `client_id_taken`.
 */
export function createNamedClient(
  ctx: ClientsContext,
  {
    clientId,
    ...input
  }: Omit<CreateClientInput, 'draftKey' | 'isByAdministrator'> & { readonly clientId: string },
): Promise<CreatedClient> {
  if (!READABLE_ID.test(clientId) || UUID.test(clientId)) {
    throw new Error(`${clientId} is not a valid id for an app of this installation`);
  }
  return register(ctx, clientId, { ...input, isByAdministrator: true });
}

async function register(
  ctx: ClientsContext,
  id: string,
  input: CreateClientInput,
): Promise<CreatedClient> {
  const { ownerAccountId: by, draftKey } = input;
  const client = await toClient(ctx, id, input);

  return ctx.db.transaction(async (tx) => {
    const store = createClientStore(tx);
    if (!(await store.insert(client, { by, draftKey }))) {
      throw new AppError('conflict', draftKey === undefined ? 'client_id_taken' : 'draft_used');
    }
    await store.replaceRequests(id, client.requests);
    const secret = needsSecret(client.tokenEndpointAuthMethod)
      ? await storeNewSecret(tx, id, { now: client.createdAt })
      : null;
    await ctx.audit.record(tx, {
      kind: 'client.created',
      accountId: by,
      clientId: id,
      actorId: by,
      details: { applicationType: client.applicationType, scopes: client.scopes },
    });
    await ctx.feed.publish(tx, CLIENT_TOPIC, id);
    const stored = await store.find(id);
    if (stored === null) throw new Error('a client that was just inserted is missing');
    return { client: stored, secret };
  });
}

async function toClient(
  ctx: ClientsContext,
  id: string,
  input: CreateClientInput,
): Promise<StoredClient> {
  const { applicationType: type, requests = [] } = input;
  const settings = tidySettings({ ...defaultSettings(type), ...input });
  const catalogue = await ctx.scopes.catalogue();
  const fields: Record<string, string> = {
    ...settingsProblems({ ...ctx, type, settings, catalogue, scopesBefore: [] }),
    ...requestProblems(requests, settings.scopes, catalogue),
  };
  const isToBeCompared = fields['name'] === undefined && input.isByAdministrator !== true;
  if (isToBeCompared && (await looksOfficial(ctx, { ...input, name: settings.name })))
    fields['name'] = 'name_looks_official';
  if (Object.keys(fields).length > 0) throw new AppError('invalid', 'client_invalid', { fields });
  const now = ctx.clock.now();
  return {
    ...settings,
    ...flowsOf(type),
    ...numberRequests({ requests: [], purposeVersions: {} }, requests),
    id,
    ownerAccountId: input.ownerAccountId,
    status: 'active',
    isHeldByAdministrator: false,
    tokensCutOffAt: null,
    isFirstParty: false,
    isVerified: false,
    logo: null,
    applicationType: type,
    sectorIdentifierHost: sectorHost(settings),
    secretFingerprints: [],
    createdAt: now,
    updatedAt: now,
  };
}
