import crypto from 'node:crypto';

import { Type } from 'typebox';

import { sitePath } from '../../http/pages/site-path.ts';
import { formPage, pageRoute, redirect, render, showOnce } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import { APPLICATION_TYPES } from '../client.ts';
import { type ClientRoutesDeps, ONE_CLIENT_PAGE } from '../client-routes.ts';
import { ApplicationTypes } from '../client-schema.ts';
import type { CreateClientInput } from '../create-client.ts';
import { appPage, MOST_PEOPLE, overviewModel } from './app-overview-views.ts';
import {
  appsPage,
  chooseTypePage,
  createdAppPage,
  deletedPage,
  formModel,
  linesOf,
  newAppPage,
  toAppLine,
} from './client-views.ts';

const LIST = '/developer/apps';

const NewAppForm = Type.Object({
  type: ApplicationTypes,
  draftKey: Type.String({ format: 'uuid' }),
  name: Type.String({ maxLength: 200 }),
  redirectUris: Type.Optional(Type.String({ maxLength: 20_000 })),
  claimsInIdToken: Type.Optional(Type.Literal('on')),
});

/** Pages of the developer console: the list of own apps, the registration of an app, and the page of each app. */
export function clientConsoleRoutes(deps: ClientRoutesDeps): readonly AnyRoute[] {
  return [listRoute(deps), ...newRoutes(deps), ...appRoutes(deps)];
}

function listRoute({ clients }: ClientRoutesDeps): AnyRoute {
  return pageRoute({
    method: 'get',
    path: LIST,
    access: 'person',
    query: Type.Object({ q: Type.Optional(Type.String({ maxLength: 100 })) }),
    handle: async ({ query: { q: search = '' }, caller, request: { locale } }) => {
      const wanted = search.toLocaleLowerCase(locale);
      const apps = (await clients.listOwnedBy(caller.accountId))
        .map(toAppLine)
        .filter(({ name }) => name.toLocaleLowerCase(locale).includes(wanted));
      return render(appsPage, { apps, search });
    },
  });
}

function newRoutes({ clients }: ClientRoutesDeps): readonly AnyRoute[] {
  return formPage({
    path: `${LIST}/new`,
    access: 'person',
    query: Type.Object({ type: Type.Optional(ApplicationTypes) }),
    form: NewAppForm,
    limit: { points: 60, perSeconds: 3_600 },
    show: async ({ query, formErrors, formValues }) => {
      if (!formErrors && query.type === undefined) {
        return render(chooseTypePage, { types: APPLICATION_TYPES });
      }
      const typed = APPLICATION_TYPES.find((known) => known === formValues['type']);
      return render(newAppPage, {
        type: typed ?? query.type ?? 'web',
        draftKey: crypto.randomUUID(),
        ...formModel(formValues, formErrors ?? {}),
      });
    },
    submit: async ({ form, caller }) => {
      const draft = { ownerAccountId: caller.accountId, draftKey: form.draftKey };
      const created = await createOnce(clients, {
        ...draft,
        applicationType: form.type,
        name: form.name,
        redirectUris: linesOf(form.redirectUris),
        claimsInIdToken: form.claimsInIdToken === 'on',
        isByAdministrator: caller.isAdministrator,
      });
      if (created === null) {
        const earlier = await clients.findByDraft(draft);
        if (earlier === null) return redirect('/developer/apps');
        const flash = { kind: 'warn', message: 'clients:flash.madeAlready' } as const;
        return redirect(sitePath`/developer/apps/${earlier.id}`, { flash });
      }
      const { client, secret } = created;
      return showOnce(createdAppPage, {
        app: toAppLine(client),
        secret: secret?.secret ?? null,
      });
    },
  });
}

/** `null` when the same form was submitted before: reloading the answer must not create a second app. */
async function createOnce(clients: ClientRoutesDeps['clients'], input: CreateClientInput) {
  try {
    return await clients.create(input);
  } catch (error) {
    if (isAppError(error, 'draft_used')) return null;
    throw error;
  }
}

function appRoutes({ clients, scopes, peopleOf }: ClientRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      ...ONE_CLIENT_PAGE,
      method: 'get',
      path: `${LIST}/{clientId}`,
      handle: async ({ params, caller, request }) => {
        const managed = { ...params, manager: caller };
        const client = await clients.findWithDeleted(managed);
        if (client.status === 'deleted') {
          return render(deletedPage, { app: toAppLine(client) }, { status: 410 });
        }
        const [catalogue, people, failures] = await Promise.all([
          scopes.catalogue(),
          peopleOf({ clientId: client.id, most: MOST_PEOPLE + 1 }),
          clients.countFailuresOfDay(managed),
        ]);
        const { origin: issuer } = request;
        return render(appPage, overviewModel({ client, catalogue, issuer, people, failures }));
      },
    }),
  ];
}
