import { Type } from 'typebox';

import { pageRoute, redirect, render } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import type { Scopes } from '../../scopes/index.ts';
import type { Vault } from '../../vault/index.ts';
import type { ClientConsoleDeps } from '../console/client-console-routes.ts';
import { claimOrder, permissionsModel, permissionsPage } from './client-permission-views.ts';
import { DURATIONS } from '../client.ts';
import type { ClaimRequestInput } from '../clients.ts';
import { ClientParams } from '../client-path-schema.ts';
import { sitePath } from '../../http/pages/site-path.ts';

export interface ClientPermissionDeps extends ClientConsoleDeps {
  readonly scopes: Scopes;
  readonly vault: Pick<Vault, 'claims'>;
}

const PATH = '/developer/apps/{clientId}/permissions';

/** The page on which a developer chooses the permissions and claims of an app, with their reasons. */
export function clientPermissionRoutes(deps: ClientPermissionDeps): readonly AnyRoute[] {
  return [showRoute(deps), scopesRoute(deps), claimsRoute(deps)];
}

function showRoute({ clients, scopes, vault }: ClientPermissionDeps): AnyRoute {
  return pageRoute({
    method: 'get',
    path: PATH,
    access: 'person',
    params: ClientParams,
    handle: async ({ params, caller, request }) => {
      const client = await clients.findManaged({ clientId: params.clientId, manager: caller });
      const catalogue = await scopes.catalogue();
      return render(
        permissionsPage,
        permissionsModel({
          client,
          catalogue,
          claims: await vault.claims(),
          locale: request.locale,
        }),
      );
    },
  });
}

function scopesRoute({ clients, scopes, vault }: ClientPermissionDeps): AnyRoute {
  return pageRoute({
    method: 'post',
    path: `${PATH}/scopes`,
    access: 'person',
    params: ClientParams,
    form: Type.Object({
      scopes: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 200 })),
    }),
    handle: async ({ params, form, formErrors, formValues, caller, request }) => {
      const managed = { clientId: params.clientId, manager: caller };
      if (formErrors) {
        const client = await clients.findManaged(managed);
        const catalogue = await scopes.catalogue();
        const failedScopes = { values: formValues, errors: formErrors };
        return render(
          permissionsPage,
          permissionsModel({
            client,
            catalogue,
            claims: await vault.claims(),
            locale: request.locale,
            failedScopes,
          }),
        );
      }
      await clients.change({ ...managed, changes: { scopes: form.scopes ?? [] } });
      return redirect(sitePath`/developer/apps/${params.clientId}/permissions`, {
        flash: { kind: 'good', message: 'clients:flash.permissionsSaved' },
      });
    },
  });
}

function claimsRoute({ clients, scopes, vault }: ClientPermissionDeps): AnyRoute {
  return pageRoute({
    method: 'post',
    path: `${PATH}/details`,
    access: 'person',
    params: ClientParams,
    form: DetailsForm,
    handle: async ({ params, form, formErrors, formValues, caller, request }) => {
      const managed = { clientId: params.clientId, manager: caller };
      const client = await clients.findManaged(managed);
      const catalogue = await scopes.catalogue();
      const order = claimOrder(client, catalogue);
      if (formErrors) {
        const asked = order.filter((claim) => isAsked(formValues[`necessity_${claim}`]));
        const failedClaims = { values: formValues, errors: formErrors, order: asked };
        return render(
          permissionsPage,
          permissionsModel({
            client,
            catalogue,
            claims: await vault.claims(),
            locale: request.locale,
            failedClaims,
          }),
        );
      }
      await clients.setRequests({ ...managed, requests: requestsOf(order, form) });
      return redirect(sitePath`/developer/apps/${params.clientId}/permissions`, {
        flash: { kind: 'good', message: 'clients:flash.detailsSaved' },
      });
    },
  });
}

const Purpose = Type.String({ maxLength: 600 });

/** Four fields for each claim; administrators define claims while the server runs, so their names are a pattern. */
const DetailsForm = Type.Object(
  {},
  {
    patternProperties: {
      '^necessity_[a-z0-9_]{1,64}$': Type.Enum(['none', 'voluntary', 'essential', '']),
      '^purpose(?:En|Ru)_[a-z0-9_]{1,64}$': Purpose,
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
    const ru = fields[`purposeRu_${claim}`];
    const duration = DURATIONS.find((known) => known === fields[`duration_${claim}`]);
    return [
      {
        claim,
        necessity,
        purpose: { en: fields[`purposeEn_${claim}`] ?? '', ...(ru === undefined ? {} : { ru }) },
        longestDuration: duration ?? 'until_withdrawn',
      },
    ];
  });
}

function isAsked(value: string | readonly string[] | undefined): boolean {
  return value === 'essential' || value === 'voluntary';
}
