import { Type } from 'typebox';

import { sitePath } from '../../http/pages/site-path.ts';
import { localizedFields, localizedOf } from '../../http/routing/localized-text.ts';
import { pageRoute, redirect, render, success } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { type ClaimRequestInput, DURATIONS, type Client } from '../client.ts';
import { type ClientRoutesDeps, ONE_CLIENT_PAGE } from '../client-routes.ts';
import {
  claimOrder,
  permissionsModel,
  permissionsPage,
  type RefusedForms,
} from './client-permission-views.ts';

const PATH = '/developer/apps/{clientId}/permissions';

/** The page on which a developer chooses the permissions and claims of an app, with their reasons. */
export function clientPermissionRoutes({ clients, scopes }: ClientRoutesDeps): readonly AnyRoute[] {
  const show = async (client: Client, locale: string, refused: RefusedForms = {}) => {
    const catalogue = await scopes.catalogue();
    return render(permissionsPage, permissionsModel({ client, catalogue, locale, ...refused }));
  };

  const pageOf = (clientId: string) => sitePath`/developer/apps/${clientId}/permissions`;

  return [
    pageRoute({
      ...ONE_CLIENT_PAGE,
      method: 'get',
      path: PATH,
      handle: async ({ params, caller, request }) =>
        show(await clients.findManaged({ ...params, manager: caller }), request.locale),
    }),
    pageRoute({
      ...ONE_CLIENT_PAGE,
      method: 'post',
      path: `${PATH}/scopes`,
      form: Type.Object({
        scopes: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 200 })),
      }),
      handle: async ({ params, form, formErrors, formValues, caller, request }) => {
        const managed = { ...params, manager: caller };
        if (formErrors) {
          const refusedScopes = { values: formValues, errors: formErrors };
          return show(await clients.findManaged(managed), request.locale, { refusedScopes });
        }
        await clients.change({ ...managed, changes: { scopes: form.scopes ?? [] } });
        return redirect(pageOf(params.clientId), success('clients:flash.permissionsSaved'));
      },
    }),
    pageRoute({
      ...ONE_CLIENT_PAGE,
      method: 'post',
      path: `${PATH}/details`,
      form: DetailsForm,
      handle: async ({ params, form, formErrors, formValues, caller, request }) => {
        const managed = { ...params, manager: caller };
        const client = await clients.findManaged(managed);
        const order = claimOrder(client, await scopes.catalogue());
        if (formErrors) {
          const requested = order.filter((claim) => isRequested(formValues[`necessity_${claim}`]));
          const refusedClaims = { values: formValues, errors: formErrors, order: requested };
          return show(client, request.locale, { refusedClaims });
        }
        await clients.setRequests({ ...managed, requests: requestsOf(order, form) });
        return redirect(pageOf(params.clientId), success('clients:flash.detailsSaved'));
      },
    }),
  ];
}

/** Fields for each claim; administrators define claims while the server runs, so their names are a pattern. */
const DetailsForm = Type.Object(
  {},
  {
    patternProperties: {
      '^necessity_[a-z0-9_]{1,64}$': Type.Enum(['none', 'voluntary', 'essential', '']),
      ...localizedFields({ 'purpose_[a-z0-9_]{1,64}': 600 }),
      '^duration_[a-z0-9_]{1,64}$': Type.Enum([...DURATIONS, '']),
    },
    additionalProperties: false,
    maxProperties: 1_000,
  },
);

function requestsOf(order: readonly string[], form: object): ClaimRequestInput[] {
  const fields = form as Readonly<Record<string, string | undefined>>;
  return order.flatMap((claim) => {
    const necessity = fields[`necessity_${claim}`];
    if (necessity !== 'essential' && necessity !== 'voluntary') return [];
    const duration = DURATIONS.find((known) => known === fields[`duration_${claim}`]);
    return [
      {
        claim,
        necessity,
        purpose: localizedOf(form, `purpose_${claim}`),
        longestDuration: duration ?? 'until_withdrawn',
      },
    ];
  });
}

function isRequested(value: string | readonly string[] | undefined): boolean {
  return value === 'essential' || value === 'voluntary';
}
