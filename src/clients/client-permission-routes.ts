import { Type, type TObject } from 'typebox';

import { pageRoute, redirect, render } from '../http/page-route.ts';
import type { AnyRoute } from '../http/route.ts';
import type { Scopes } from '../scopes/index.ts';
import type { ClientConsoleDeps } from './client-console-routes.ts';
import { claimOrder, permissionsModel, permissionsPage } from './client-permission-views.ts';
import { DURATIONS } from './client.ts';
import type { ClaimRequestInput } from './clients.ts';

export interface ClientPermissionDeps extends ClientConsoleDeps {
  readonly scopes: Scopes;
}

const PATH = '/developer/apps/{clientId}/permissions';

/** The page on which a developer says what an app may ask for, and why. */
export function clientPermissionRoutes(deps: ClientPermissionDeps): readonly AnyRoute[] {
  return [showRoute(deps), scopesRoute(deps), claimsRoute(deps)];
}

function showRoute({ clients, scopes }: ClientPermissionDeps): AnyRoute {
  return pageRoute({
    method: 'get',
    path: PATH,
    access: 'person',
    handle: async ({ params, caller, request }) => {
      const client = await clients.findManaged({ clientId: params.clientId, manager: caller });
      const catalogue = await scopes.catalogue();
      return render(
        permissionsPage,
        permissionsModel({ client, catalogue, locale: request.locale }),
      );
    },
  });
}

function scopesRoute({ clients, scopes }: ClientPermissionDeps): AnyRoute {
  return pageRoute({
    method: 'post',
    path: `${PATH}/scopes`,
    access: 'person',
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
          permissionsModel({ client, catalogue, locale: request.locale, failedScopes }),
        );
      }
      await clients.change({ ...managed, changes: { scopes: form.scopes ?? [] } });
      return redirect(`/developer/apps/${params.clientId}/permissions`, {
        flash: { kind: 'good', message: 'clients:flash.permissionsSaved' },
      });
    },
  });
}

function claimsRoute({ clients, scopes }: ClientPermissionDeps): AnyRoute {
  return pageRoute({
    method: 'post',
    path: `${PATH}/details`,
    access: 'person',
    form: claimsForm(scopes.knownClaims),
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
          permissionsModel({ client, catalogue, locale: request.locale, failedClaims }),
        );
      }
      await clients.setRequests({ ...managed, requests: requestsOf(order, form) });
      return redirect(`/developer/apps/${params.clientId}/permissions`, {
        flash: { kind: 'good', message: 'clients:flash.detailsSaved' },
      });
    },
  });
}

/** Four fields for each claim the server knows; a page shows those of the app. */
function claimsForm(knownClaims: readonly string[]): TObject {
  const text = Type.Optional(Type.String({ maxLength: 600 }));
  const fields = knownClaims.flatMap((claim) => [
    [`necessity_${claim}`, Type.Optional(Type.Enum(['none', 'voluntary', 'essential']))] as const,
    [`purposeEn_${claim}`, text] as const,
    [`purposeRu_${claim}`, text] as const,
    [`duration_${claim}`, Type.Optional(Type.Enum([...DURATIONS]))] as const,
  ]);
  return Type.Object(Object.fromEntries(fields));
}

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
