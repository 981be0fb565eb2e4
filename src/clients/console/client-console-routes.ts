import crypto from 'node:crypto';

import { Type } from 'typebox';

import { pageRoute, redirect, render } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import { type Catalogue, introspectedBy, type Scopes } from '../../scopes/index.ts';
import type { ApplicationType, Client } from '../client.ts';
import type { Clients, CreatedClient } from '../clients.ts';
import { codeSamples, type SampleSurroundings } from './code-samples.ts';
import {
  appPage,
  appsPage,
  chooseTypePage,
  codePage,
  createdAppPage,
  formModel,
  linesOf,
  newAppPage,
  toAppLine,
} from './client-views.ts';
import { ClientParams } from '../client-path-schema.ts';
import { sitePath } from '../../http/pages/site-path.ts';

export interface ClientConsoleDeps {
  readonly clients: Clients;
  readonly scopes: Pick<Scopes, 'catalogue'>;
}

const LIST = '/developer/apps';
const TYPES: readonly ApplicationType[] = ['web', 'single_page', 'native', 'machine'];
const TypeName = Type.Enum(['web', 'single_page', 'native', 'machine']);

const NewAppForm = Type.Object({
  type: TypeName,
  draftKey: Type.String({ format: 'uuid' }),
  name: Type.String({ maxLength: 200 }),
  redirectUris: Type.Optional(Type.String({ maxLength: 20_000 })),
  claimsInIdToken: Type.Optional(Type.Literal('on')),
});

/** Pages of the developer console: the list of one's apps, registering one, and the page of each. */
export function clientConsoleRoutes(deps: ClientConsoleDeps): readonly AnyRoute[] {
  const { clients } = deps;
  return [...listRoutes(clients), ...newRoutes(deps), ...appRoutes(deps)];
}

function listRoutes(clients: Clients): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: LIST,
      access: 'person',
      query: Type.Object({ q: Type.Optional(Type.String({ maxLength: 100 })) }),
      handle: async ({ query, caller, request }) => {
        const search = query.q ?? '';
        const wanted = search.toLocaleLowerCase(request.locale);
        const apps = (await clients.listOwnedBy(caller.accountId)).map(toAppLine);
        return render(appsPage, {
          apps: apps.filter(({ name }) => name.toLocaleLowerCase(request.locale).includes(wanted)),
          search,
        });
      },
    }),
  ];
}

function newRoutes({ clients, scopes }: ClientConsoleDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: `${LIST}/new`,
      access: 'person',
      query: Type.Object({ type: Type.Optional(TypeName) }),
      handle: async ({ query }) => {
        if (query.type === undefined) return render(chooseTypePage, { types: TYPES });
        const draftKey = crypto.randomUUID();
        return render(newAppPage, { type: query.type, draftKey, ...formModel({}, {}) });
      },
    }),
    pageRoute({
      method: 'post',
      path: `${LIST}/new`,
      access: 'person',
      form: NewAppForm,
      limit: { points: 60, perSeconds: 3_600 },
      handle: async ({ form, formErrors, formValues, caller, request }) => {
        if (formErrors) {
          const type = TYPES.find((known) => known === formValues['type']) ?? 'web';
          const draftKey = crypto.randomUUID();
          return render(newAppPage, { type, draftKey, ...formModel(formValues, formErrors) });
        }
        const draft = { ownerAccountId: caller.accountId, draftKey: form.draftKey };
        const created = await createOnce(clients, {
          ...draft,
          applicationType: form.type,
          name: form.name,
          redirectUris: linesOf(form.redirectUris),
          claimsInIdToken: form.claimsInIdToken === 'on',
        });
        if (created === null) {
          const made = await clients.findByDraft(draft);
          if (made === null) return redirect('/developer/apps');
          return redirect(sitePath`/developer/apps/${made.id}`, {
            flash: { kind: 'warn', message: 'clients:flash.madeAlready' },
          });
        }
        return render(createdAppPage, {
          app: toAppLine(created.client),
          secret: created.secret?.secret ?? null,
          samples: codeSamples(created.client, await surroundings(scopes, request.origin)),
        });
      },
    }),
  ];
}

/** `null` when the same form was sent before: reloading the answer must not make a second app. */
async function createOnce(
  clients: Clients,
  input: Parameters<Clients['create']>[0],
): Promise<CreatedClient | null> {
  try {
    return await clients.create(input);
  } catch (error) {
    if (isAppError(error, 'draft_used')) return null;
    throw error;
  }
}

function appRoutes({ clients, scopes }: ClientConsoleDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: `${LIST}/{clientId}`,
      access: 'person',
      params: ClientParams,
      handle: async ({ params, caller, request }) => {
        const client = await clients.findManaged({ clientId: params.clientId, manager: caller });
        const catalogue = await scopes.catalogue();
        return render(appPage, {
          app: toAppLine(client),
          issuer: request.origin,
          redirectUris: client.redirectUris,
          introspectedResources: introspectedBy(client.id, catalogue.resourceServers),
          ...countAsked(client, catalogue),
          secretCount: client.secretFingerprints.length,
        });
      },
    }),
    pageRoute({
      method: 'get',
      path: `${LIST}/{clientId}/code`,
      access: 'person',
      params: ClientParams,
      handle: async ({ params, caller, request }) => {
        const client = await clients.findManaged({ clientId: params.clientId, manager: caller });
        return render(codePage, {
          app: toAppLine(client),
          samples: codeSamples(client, await surroundings(scopes, request.origin)),
        });
      },
    }),
  ];
}

async function surroundings(
  scopes: ClientConsoleDeps['scopes'],
  issuer: string,
): Promise<SampleSurroundings> {
  return { issuer, catalogue: await scopes.catalogue() };
}

/** An app without registered claims requests all claims of its permissions, each optional. */
function countAsked(
  { requests, scopes }: Client,
  catalogue: Catalogue,
): { readonly essentialCount: number; readonly voluntaryCount: number } {
  if (requests.length === 0) {
    return { essentialCount: 0, voluntaryCount: catalogue.permittedClaims(scopes).length };
  }
  const essentialCount = requests.filter(({ necessity }) => necessity === 'essential').length;
  return { essentialCount, voluntaryCount: requests.length - essentialCount };
}
