import { Type, type Static } from 'typebox';

import { localizedFields, localizedOf, localizedValues } from '../http/routing/localized-text.ts';
import {
  formPage,
  redirect,
  render,
  success,
  type FormValues,
} from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { AppError } from '../platform/app-error.ts';
import type { Scopes } from './index.ts';
import type { ResourceServer } from './scope.ts';
import { resourceServerPage, toServerLine } from './scope-views.ts';
import { ResourceServerParams } from './scope-path-schema.ts';

interface ResourceServerAdminDeps {
  readonly scopes: Scopes;
}

const LIST = '/admin/permissions';
const ONE = '/admin/permissions/apis/{identifier}';
const NEW = '/admin/permissions/apis/new';

const fields = {
  accessTokenFormat: Type.Enum(['opaque', 'jwt']),
  // Text, so that the use case names every wrong field at once.
  accessTokenLifetimeSeconds: Type.String({ maxLength: 40 }),
  introspectionClientIds: Type.Optional(Type.String({ maxLength: 5_000 })),
};
const TITLES = {
  patternProperties: localizedFields({ title: 300 }),
  additionalProperties: false,
  maxProperties: 100,
} as const;
const CommonForm = Type.Object(fields, TITLES);
const NewForm = Type.Object({ ...fields, identifier: Type.String({ maxLength: 300 }) }, TITLES);
const ChangeForm = Type.Object({ ...fields, isRetired: Type.Optional(Type.Literal('on')) }, TITLES);

/** Pages on which administrators register and change the APIs that tokens are issued for. */
export function resourceServerAdminRoutes({
  scopes,
}: ResourceServerAdminDeps): readonly AnyRoute[] {
  return [...newRoutes(scopes), ...changeRoutes(scopes)];
}

function newRoutes(scopes: Scopes): readonly AnyRoute[] {
  const defaults = { accessTokenFormat: 'opaque', accessTokenLifetimeSeconds: '900' };
  return formPage({
    path: NEW,
    access: 'administrator',
    form: NewForm,
    show: async ({ formErrors, formValues }) => {
      const values = formErrors ? formValues : defaults;
      return render(resourceServerPage, { server: null, values, errors: formErrors ?? {} });
    },
    submit: async ({ form, caller }) => {
      const { identifier } = await scopes.defineResourceServer({
        actorId: caller.accountId,
        identifier: form.identifier.trim(),
        ...settingsOf(form),
      });
      return redirect(LIST, success('scopes:flash.apiDefined', { name: identifier }));
    },
  });
}

function changeRoutes(scopes: Scopes): readonly AnyRoute[] {
  return formPage({
    path: ONE,
    access: 'administrator',
    params: ResourceServerParams,
    form: ChangeForm,
    show: async ({ params, request, formErrors, formValues }) => {
      const found = await findServer(scopes, params.identifier);
      const values = formErrors ? formValues : valuesOf(found);
      const server = toServerLine(found, request.locale);
      return render(resourceServerPage, { server, values, errors: formErrors ?? {} });
    },
    submit: async ({ params: { identifier }, form, caller }) => {
      await scopes.changeResourceServer({
        actorId: caller.accountId,
        identifier,
        ...settingsOf(form),
        isRetired: form.isRetired === 'on',
      });
      return redirect(LIST, success('scopes:flash.apiChanged', { name: identifier }));
    },
  });
}

async function findServer(scopes: Scopes, identifier: string): Promise<ResourceServer> {
  const servers = await scopes.listResourceServers();
  const server = servers.find((known) => known.identifier === identifier);
  if (server === undefined) throw new AppError('not_found', 'resource_server_not_found');
  return server;
}

function valuesOf(server: ResourceServer): FormValues {
  return {
    ...localizedValues('title', server.title),
    accessTokenFormat: server.accessTokenFormat,
    accessTokenLifetimeSeconds: String(server.accessTokenLifetimeSeconds),
    introspectionClientIds: server.introspectionClientIds.join('\n'),
    ...(server.retiredAt === null ? {} : { isRetired: 'on' }),
  };
}

function settingsOf(form: Static<typeof CommonForm>) {
  const {
    accessTokenFormat,
    accessTokenLifetimeSeconds: seconds,
    introspectionClientIds = '',
  } = form;
  const ids = introspectionClientIds.split(/\s+/).filter((id) => id !== '');
  return {
    title: localizedOf(form, 'title'),
    accessTokenFormat,
    accessTokenLifetimeSeconds: /^\d+$/.test(seconds.trim()) ? Number(seconds) : NaN,
    introspectionClientIds: [...new Set(ids)],
  };
}
