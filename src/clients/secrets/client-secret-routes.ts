import { Type } from 'typebox';

import { Nothing, route, type AnyRoute } from '../../http/routing/route.ts';
import { SECRET_LIMITS } from '../client.ts';
import { managerOf, requireFreshSession, type ClientRouteDeps } from '../client-routes.ts';
import { NewSecretView, presentNewSecret, presentSecret, SecretView } from '../client-schema.ts';
import { ClientParams, ClientSecretParams } from '../client-path-schema.ts';

const TAG = 'Apps';
const PATH = '/api/v1/clients/{clientId}/secrets';
const SCOPE = 'clients:manage';
const { overlapSeconds } = SECRET_LIMITS;

/** The secrets of an app: a new one is shown once, the others only by their last characters. */
export function clientSecretRoutes({ clients, clock }: ClientRouteDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operationId: 'listClientSecrets',
      tag: TAG,
      summary: 'List the secrets of an app, without the secrets themselves',
      access: 'person',
      params: ClientParams,
      scope: SCOPE,
      response: Type.Object({ secrets: Type.Array(SecretView) }),
      errorCodes: { 404: ['client_not_found'] },
      handle: async ({ params, caller }) => ({
        secrets: (
          await clients.listSecrets({ clientId: params.clientId, manager: managerOf(caller) })
        ).map(presentSecret),
      }),
    }),
    route({
      method: 'post',
      path: PATH,
      operationId: 'rotateClientSecret',
      tag: TAG,
      summary: 'Add a secret and let the others end after an overlap',
      description: `At most ${String(SECRET_LIMITS.live)} secrets at a time. The answer shows the new one this once.`,
      access: 'person',
      params: ClientParams,
      scope: SCOPE,
      body: Type.Object({
        overlapSeconds: Type.Optional(
          Type.Union(
            [
              Type.Integer({ minimum: overlapSeconds.least, maximum: overlapSeconds.longest }),
              Type.Null(),
            ],
            {
              description:
                'How long the secrets there were go on working. Default: one day. Null: as long as they would have anyway.',
            },
          ),
        ),
      }),
      response: NewSecretView,
      status: 201,
      errorCodes: {
        403: ['fresh_sign_in_required'],
        404: ['client_not_found'],
        409: ['client_has_no_secret', 'too_many_secrets'],
      },
      limit: { points: 30, perSeconds: 3_600 },
      handle: async ({ params, body, caller }) => {
        requireFreshSession(clock, caller);
        const { overlapSeconds: wanted = overlapSeconds.default } = body;
        return presentNewSecret(
          await clients.rotateSecret({
            clientId: params.clientId,
            manager: managerOf(caller),
            overlapSeconds: wanted,
          }),
        );
      },
    }),
    route({
      method: 'delete',
      path: `${PATH}/{secretId}`,
      operationId: 'removeClientSecret',
      tag: TAG,
      summary: 'End one secret at once',
      access: 'person',
      params: ClientSecretParams,
      scope: SCOPE,
      response: Nothing,
      errorCodes: { 404: ['client_not_found', 'secret_not_found'] },
      handle: async ({ params, caller }) =>
        clients.removeSecret({
          clientId: params.clientId,
          secretId: params.secretId,
          manager: managerOf(caller),
        }),
    }),
  ];
}
