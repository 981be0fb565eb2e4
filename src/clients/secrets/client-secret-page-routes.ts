import crypto from 'node:crypto';

import { Type } from 'typebox';

import { sitePath } from '../../http/pages/site-path.ts';
import { formPage, redirect, render, showOnce, success } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { AppError, isAppError } from '../../platform/app-error.ts';
import { type ClientRoutesDeps, ONE_CLIENT_PAGE } from '../client-routes.ts';
import { ClientSecretParams } from '../client-schema.ts';
import { toAppLine } from '../console/client-views.ts';
import { newSecretPage, OVERLAPS, removeSecretPage, secretsPage } from './client-secret-views.ts';

const PATH = '/developer/apps/{clientId}/secrets';
const FRESH_SECONDS = 3_600;

/** Pages on which a developer sees when secrets were used, adds one and removes one. */
export function clientSecretPageRoutes({ clients }: ClientRoutesDeps): readonly AnyRoute[] {
  const pageOf = (clientId: string) => sitePath`/developer/apps/${clientId}/secrets`;

  return [
    ...formPage({
      ...ONE_CLIENT_PAGE,
      path: PATH,
      submitFreshSeconds: FRESH_SECONDS,
      form: Type.Object({
        overlap: Type.Enum([...OVERLAPS]),
        draftKey: Type.String({ format: 'uuid' }),
      }),
      limit: { points: 30, perSeconds: 3_600 },
      show: async ({ params, caller, formErrors }) => {
        const managed = { ...params, manager: caller };
        const app = toAppLine(await clients.findManaged(managed));
        const secrets = await clients.listSecrets(managed);
        const form = { overlaps: OVERLAPS, draftKey: crypto.randomUUID() };
        return render(secretsPage, { app, secrets, ...form, errors: formErrors ?? {} });
      },
      submit: async ({ params, form: { overlap, draftKey }, caller }) => {
        const managed = { ...params, manager: caller };
        const overlapSeconds = overlap === 'keep' ? null : Number(overlap);
        try {
          const { secret } = await clients.rotateSecret({ ...managed, overlapSeconds, draftKey });
          const app = toAppLine(await clients.findManaged(managed));
          return showOnce(newSecretPage, { app, secret });
        } catch (error) {
          // Reloading the answer must not create another secret, and the first one is not shown again.
          if (isAppError(error, 'draft_used')) {
            const flash = { kind: 'warn', message: 'clients:flash.secretMadeAlready' } as const;
            return redirect(pageOf(params.clientId), { flash });
          }
          throw isAppError(error, 'too_many_secrets') ? error.at('form') : error;
        }
      },
    }),
    ...formPage({
      path: `${PATH}/{secretId}/remove`,
      access: 'person',
      params: ClientSecretParams,
      show: async ({ params, caller }) => {
        const managed = { ...params, manager: caller };
        const client = await clients.findManaged(managed);
        const secrets = await clients.listSecrets(managed);
        const secret = secrets.find(({ id }) => id === params.secretId);
        if (secret === undefined) throw new AppError('not_found', 'secret_not_found');
        return render(removeSecretPage, { app: toAppLine(client), secret });
      },
      submit: async ({ params, caller }) => {
        await clients.removeSecret({ ...params, manager: caller });
        return redirect(pageOf(params.clientId), success('clients:flash.secretRemoved'));
      },
    }),
  ];
}
