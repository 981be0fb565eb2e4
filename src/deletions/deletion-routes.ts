import { Type } from 'typebox';

import { requireFresh } from '../accounts/index.ts';
import { type AnyRoute, Nothing, route } from '../http/routing/route.ts';
import type { Clock } from '../platform/clock.ts';
import {
  DeletionPreviewView,
  DeletionView,
  presentVerdict,
  VerdictView,
} from './deletion-schema.ts';
import type { Deletions } from './index.ts';

interface DeletionRoutesDeps {
  readonly deletions: Deletions;
  readonly clock: Clock;
}

const AccountParams = Type.Object({ accountId: Type.String({ format: 'uuid' }) });
const ON_ONE = { tag: 'Accounts', access: 'administrator', params: AccountParams } as const;
const LONGEST_RECEIPT = 10_000;

/** The API that deletes and restores accounts and verifies receipts. Access tokens are refused: no app can delete an account. */
export function deletionRoutes(deps: DeletionRoutesDeps): readonly AnyRoute[] {
  return [...ownRoutes(deps), ...administratorRoutes(deps), verifyRoute(deps)];
}

function ownRoutes({ deletions, clock }: DeletionRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/account/deletion',
      operationId: 'previewAccountDeletion',
      tag: 'Account',
      summary: 'Read the consequences of deleting your account',
      access: 'person',
      scope: 'account:read',
      response: DeletionPreviewView,
      handle: ({ caller }) => deletions.describe(caller.accountId),
    }),
    route({
      method: 'delete',
      path: '/api/v1/account',
      operationId: 'deleteAccount',
      tag: 'Account',
      summary: 'Delete your account',
      description:
        'Signs you out everywhere and ends the access of every app at once. Until `purgeAt` signing in with the right ' +
        'password offers to restore the account; then its key and its data are destroyed, and you are mailed a signed receipt. ' +
        'Needs a session with a proof of identity of the last ten minutes; access tokens are refused.',
      access: 'person',
      status: 200,
      response: DeletionView,
      errorCodes: {
        403: ['fresh_sign_in_required'],
        409: ['last_administrator', 'account_deleted'],
      },
      limit: { points: 10, perSeconds: 600 },
      handle: async ({ caller, request }) => {
        requireFresh(clock.now(), caller.authenticatedAt);
        const { accountId } = caller;
        return deletions.delete({ accountId, locale: request.locale });
      },
    }),
  ];
}

function administratorRoutes({ deletions, clock }: DeletionRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...ON_ONE,
      method: 'delete',
      path: '/api/v1/accounts/{accountId}',
      operationId: 'deleteAccountOfAnother',
      summary: 'Delete the account of another person',
      description:
        'As `deleteAccount`; only an administrator can restore it. Your own account is refused with `own_account`.',
      status: 200,
      response: DeletionView,
      errorCodes: {
        403: ['fresh_sign_in_required'],
        404: ['account_not_found'],
        409: ['account_deleted', 'own_account', 'last_administrator'],
      },
      handle: async ({ caller, params, request }) => {
        requireFresh(clock.now(), caller.authenticatedAt);
        const { accountId: actorId } = caller;
        return deletions.delete({ ...params, actorId, locale: request.locale });
      },
    }),
    route({
      ...ON_ONE,
      method: 'post',
      path: '/api/v1/accounts/{accountId}/restoration',
      operationId: 'restoreAccount',
      summary: 'Restore a deleted account before it is purged',
      response: Nothing,
      errorCodes: { 409: ['account_not_restorable'] },
      handle: async ({ caller, params }) =>
        deletions.restore({ ...params, actorId: caller.accountId }),
    }),
  ];
}

function verifyRoute({ deletions }: DeletionRoutesDeps): AnyRoute {
  return route({
    method: 'post',
    path: '/api/v1/deletion-receipts/verify',
    operationId: 'verifyDeletionReceipt',
    tag: 'Receipts',
    summary: 'Check a signed receipt of a deletion',
    description:
      'Receipts of retired keys are still valid. The receipt is sent in the body and is not stored.',
    access: 'public',
    body: Type.Object({ receipt: Type.String({ minLength: 1, maxLength: LONGEST_RECEIPT }) }),
    response: VerdictView,
    limit: { points: 60, perSeconds: 60 },
    handle: async ({ body }) => presentVerdict(await deletions.verifyReceipt(body.receipt)),
  });
}
