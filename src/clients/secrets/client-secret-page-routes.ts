import crypto from 'node:crypto';

import { Type } from 'typebox';

import { pageRoute, redirect, render, type FormErrors } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { AppError, isAppError } from '../../platform/app-error.ts';
import type { ClientConsoleDeps } from '../console/client-console-routes.ts';
import {
  newSecretPage,
  OVERLAPS,
  removeSecretPage,
  secretsPage,
  type SecretsModel,
} from './client-secret-views.ts';
import { toAppLine } from '../console/client-views.ts';
import type { Client, SecretSummary } from '../client.ts';
import type { Clients, ManagedInput } from '../clients.ts';
import { ClientParams, ClientSecretParams } from '../client-path-schema.ts';
import { sitePath } from '../../http/pages/site-path.ts';

const PATH = '/developer/apps/{clientId}/secrets';
const FRESH_SECONDS = 3_600;

/** Pages on which a developer sees when secrets were used, adds one and removes one. */
export function clientSecretPageRoutes({ clients }: ClientConsoleDeps): readonly AnyRoute[] {
  return [...listRoutes(clients), ...removeRoutes(clients)];
}

function listRoutes(clients: Clients): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: PATH,
      access: 'person',
      params: ClientParams,
      handle: async ({ params, caller }) =>
        render(
          secretsPage,
          await model(clients, { clientId: params.clientId, manager: caller }, {}),
        ),
    }),
    pageRoute({
      method: 'post',
      path: PATH,
      access: 'person',
      params: ClientParams,
      freshSeconds: FRESH_SECONDS,
      form: Type.Object({
        overlap: Type.Enum([...OVERLAPS]),
        draftKey: Type.String({ format: 'uuid' }),
      }),
      limit: { points: 30, perSeconds: 3_600 },
      handle: async ({ params, form, formErrors, caller }) => {
        const managed = { clientId: params.clientId, manager: caller };
        if (formErrors) return render(secretsPage, await model(clients, managed, formErrors));
        const overlapSeconds = form.overlap === 'keep' ? null : Number(form.overlap);
        try {
          const created = await clients.rotateSecret({
            ...managed,
            overlapSeconds,
            draftKey: form.draftKey,
          });
          return render(newSecretPage, {
            app: toAppLine(await clients.findManaged(managed)),
            secret: created.secret,
          });
        } catch (error) {
          // Reloading the answer must not make another one, and the one it showed is not shown again.
          if (isAppError(error, 'draft_used')) {
            return redirect(sitePath`/developer/apps/${params.clientId}/secrets`, {
              flash: { kind: 'warn', message: 'clients:flash.secretMadeAlready' },
            });
          }
          throw isAppError(error, 'too_many_secrets') ? error.at('form') : error;
        }
      },
    }),
  ];
}

function removeRoutes(clients: Clients): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: `${PATH}/{secretId}/remove`,
      access: 'person',
      params: ClientSecretParams,
      handle: async ({ params, caller }) => {
        const managed = { clientId: params.clientId, manager: caller };
        const client = await clients.findManaged(managed);
        const secret = (await clients.listSecrets(managed)).find(
          ({ id }) => id === params.secretId,
        );
        if (secret === undefined) throw new AppError('not_found', 'secret_not_found');
        return render(removeSecretPage, { app: toAppLine(client), secret });
      },
    }),
    pageRoute({
      method: 'post',
      path: `${PATH}/{secretId}/remove`,
      access: 'person',
      params: ClientSecretParams,
      handle: async ({ params, caller }) => {
        await clients.removeSecret({
          clientId: params.clientId,
          secretId: params.secretId,
          manager: caller,
        });
        return redirect(sitePath`/developer/apps/${params.clientId}/secrets`, {
          flash: { kind: 'good', message: 'clients:flash.secretRemoved' },
        });
      },
    }),
  ];
}

async function model(
  clients: Clients,
  managed: ManagedInput,
  errors: FormErrors,
): Promise<SecretsModel> {
  const [client, secrets]: [Client, SecretSummary[]] = await Promise.all([
    clients.findManaged(managed),
    clients.listSecrets(managed),
  ]);
  return {
    app: toAppLine(client),
    secrets,
    overlaps: OVERLAPS,
    draftKey: crypto.randomUUID(),
    errors,
  };
}
