import { Type } from 'typebox';

import {
  pageRoute,
  redirect,
  render,
  type FormErrors,
  type FormValues,
} from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { AppError } from '../platform/app-error.ts';
import type { Scopes } from './index.ts';
import type { ResourceServer } from './scope.ts';
import { resourceServerPage, toServerLine, type ServerFormModel } from './scope-views.ts';
import { ResourceServerParams } from './scope-path-schema.ts';

export interface ResourceServerAdminDeps {
  readonly scopes: Scopes;
}

const LIST = '/admin/permissions';
const ONE = '/admin/permissions/apis/{identifier}';
const NEW = '/admin/permissions/apis/new';

const fields = {
  'title.en': Type.String({ maxLength: 300 }),
  'title.ru': Type.String({ maxLength: 300 }),
  accessTokenFormat: Type.Enum(['opaque', 'jwt']),
  // The use case checks the limits, and the page has a sentence for each.
  accessTokenLifetimeSeconds: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
  introspectionClientIds: Type.Optional(Type.String({ maxLength: 5_000 })),
};
const NewForm = Type.Object({ ...fields, identifier: Type.String({ maxLength: 300 }) });
const ChangeForm = Type.Object({ ...fields, isRetired: Type.Optional(Type.Literal('on')) });

/** Pages on which administrators register and change the APIs that tokens are issued for. */
export function resourceServerAdminRoutes({
  scopes,
}: ResourceServerAdminDeps): readonly AnyRoute[] {
  return [...newRoutes(scopes), ...changeRoutes(scopes)];
}

function newRoutes(scopes: Scopes): readonly AnyRoute[] {
  const values = { accessTokenFormat: 'opaque', accessTokenLifetimeSeconds: '900' };
  return [
    pageRoute({
      method: 'get',
      path: NEW,
      access: 'administrator',
      handle: async () => render(resourceServerPage, { server: null, values, errors: {} }),
    }),
    pageRoute({
      method: 'post',
      path: NEW,
      access: 'administrator',
      form: NewForm,
      handle: async ({ form, formErrors, formValues, caller }) => {
        if (formErrors) {
          return render(resourceServerPage, {
            server: null,
            values: formValues,
            errors: formErrors,
          });
        }
        const server = await scopes.defineResourceServer({
          actorId: caller.accountId,
          identifier: form.identifier.trim(),
          title: { en: form['title.en'], ru: form['title.ru'] },
          accessTokenFormat: form.accessTokenFormat,
          accessTokenLifetimeSeconds: form.accessTokenLifetimeSeconds,
          introspectionClientIds: idsOf(form.introspectionClientIds),
        });
        return redirect(LIST, {
          flash: {
            kind: 'good',
            message: 'scopes:flash.apiDefined',
            values: { name: server.identifier },
          },
        });
      },
    }),
  ];
}

function changeRoutes(scopes: Scopes): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: ONE,
      access: 'administrator',
      params: ResourceServerParams,
      handle: async ({ params, request }) => {
        const server = await findServer(scopes, params.identifier);
        return render(
          resourceServerPage,
          model(server, { values: valuesOf(server), errors: {}, locale: request.locale }),
        );
      },
    }),
    pageRoute({
      method: 'post',
      path: ONE,
      access: 'administrator',
      params: ResourceServerParams,
      form: ChangeForm,
      handle: async ({ params, form, formErrors, formValues, caller, request }) => {
        if (formErrors) {
          const server = await findServer(scopes, params.identifier);
          const shown = { values: formValues, errors: formErrors, locale: request.locale };
          return render(resourceServerPage, model(server, shown));
        }
        await scopes.changeResourceServer({
          actorId: caller.accountId,
          identifier: params.identifier,
          title: { en: form['title.en'], ru: form['title.ru'] },
          accessTokenFormat: form.accessTokenFormat,
          accessTokenLifetimeSeconds: form.accessTokenLifetimeSeconds,
          introspectionClientIds: idsOf(form.introspectionClientIds),
          isRetired: form.isRetired === 'on',
        });
        return redirect(LIST, {
          flash: {
            kind: 'good',
            message: 'scopes:flash.apiChanged',
            values: { name: params.identifier },
          },
        });
      },
    }),
  ];
}

interface Shown {
  readonly values: FormValues;
  readonly errors: FormErrors;
  readonly locale: string;
}

function model(server: ResourceServer, { values, errors, locale }: Shown): ServerFormModel {
  return { server: toServerLine(server, locale), values, errors };
}

async function findServer(scopes: Scopes, identifier: string): Promise<ResourceServer> {
  const servers = await scopes.listResourceServers();
  const server = servers.find((known) => known.identifier === identifier);
  if (server === undefined) throw new AppError('not_found', 'resource_server_not_found');
  return server;
}

function valuesOf(server: ResourceServer): FormValues {
  return {
    'title.en': server.title.en,
    'title.ru': server.title.ru,
    accessTokenFormat: server.accessTokenFormat,
    accessTokenLifetimeSeconds: String(server.accessTokenLifetimeSeconds),
    introspectionClientIds: server.introspectionClientIds.join('\n'),
    ...(server.retiredAt === null ? {} : { isRetired: 'on' }),
  };
}

function idsOf(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(/\s+/).filter((id) => id !== ''))];
}
