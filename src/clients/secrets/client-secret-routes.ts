import { Type } from 'typebox';

import { Nullable } from '../../http/routing/nullable.ts';
import { Nothing, route, type AnyRoute } from '../../http/routing/route.ts';
import { SECRET_LIMITS } from '../client.ts';
import {
  CLIENT_OPERATION,
  ONE_CLIENT_OPERATION,
  type ClientRoutesDeps,
  managerOf,
  requireFreshSession,
} from '../client-routes.ts';
import {
  ClientSecretParams,
  NewSecretView,
  presentNewSecret,
  presentSecret,
  SecretView,
} from '../client-schema.ts';

const PATH = '/api/v1/clients/{clientId}/secrets';
const { overlapSeconds: limits } = SECRET_LIMITS;

const NewSecret = Type.Object({
  overlapSeconds: Type.Optional(
    Nullable(Type.Integer({ minimum: limits.least, maximum: limits.longest }), {
      description:
        'Seconds for which the existing secrets stay valid. Default: one day. Null: their expiry does not change.',
    }),
  ),
});

/** The secrets of an app: a new one is shown once, the others only by their last characters. */
export function clientSecretRoutes({ clients, clock }: ClientRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...ONE_CLIENT_OPERATION,
      method: 'get',
      path: PATH,
      operationId: 'listClientSecrets',
      summary: 'List the secrets of an app, without the secrets themselves',
      response: Type.Object({ secrets: Type.Array(SecretView) }),
      errorCodes: { 404: ['client_not_found'] },
      handle: async ({ params, caller }) => {
        const secrets = await clients.listSecrets({ ...params, manager: managerOf(caller) });
        return { secrets: secrets.map(presentSecret) };
      },
    }),
    route({
      ...ONE_CLIENT_OPERATION,
      method: 'post',
      path: PATH,
      operationId: 'rotateClientSecret',
      summary: 'Add a secret; the others expire after an overlap',
      description: `At most ${String(SECRET_LIMITS.live)} secrets at a time. Only this answer contains the new one.`,
      body: NewSecret,
      response: NewSecretView,
      status: 201,
      errorCodes: {
        403: ['fresh_sign_in_required'],
        404: ['client_not_found'],
        409: ['client_has_no_secret', 'too_many_secrets'],
      },
      limit: { points: 30, perSeconds: 3_600 },
      handle: async ({ params, body: { overlapSeconds = limits.default }, caller }) => {
        requireFreshSession(clock, caller);
        return presentNewSecret(
          await clients.rotateSecret({ ...params, manager: managerOf(caller), overlapSeconds }),
        );
      },
    }),
    route({
      ...CLIENT_OPERATION,
      method: 'delete',
      path: `${PATH}/{secretId}`,
      operationId: 'removeClientSecret',
      summary: 'Delete one secret',
      params: ClientSecretParams,
      response: Nothing,
      errorCodes: { 404: ['client_not_found', 'secret_not_found'] },
      handle: async ({ params, caller }) =>
        clients.removeSecret({ ...params, manager: managerOf(caller) }),
    }),
  ];
}
