import { Type } from 'typebox';

import { FRESH_SECONDS } from '../../accounts/index.ts';
import { Nullable } from '../../http/routing/nullable.ts';
import {
  type FormErrors,
  formPage,
  redirect,
  render,
  typedText,
} from '../../http/routing/page-route.ts';
import { type AnyRoute, route } from '../../http/routing/route.ts';
import type { Vault } from '../index.ts';
import { USERNAME_CLAIM, USERNAME_LIMIT } from './reserve-username.ts';
import { usernamePage, type UsernameModel } from './username-views.ts';
import { cancelPath, forApp, ForAppQuery, leadBack } from '../profile/for-app-views.ts';
import { sitePath, withQuery } from '../../http/pages/site-path.ts';
import { TextParam } from '../../http/routing/path-parameters.ts';

const UsernameParams = Type.Object({ name: TextParam });
const PATH = sitePath`/account/usernames/add`;
const Service = Type.Object({
  name: Type.String(),
  state: Type.Enum(['free', 'taken', 'unknown']),
});
const UsernameView = Type.Object({
  username: Type.String(),
  isFree: Type.Boolean(),
  state: Type.Enum(['free', 'taken', 'yours', 'reserved', 'invalid']),
  problem: Nullable(Type.String()),
  services: Type.Array(Service),
});

/** Whether a username is free, and where a person adds one. */
export function usernameRoutes({ vault }: { readonly vault: Vault }): readonly AnyRoute[] {
  return [checking(vault), ...adding(vault)];
}

function checking(vault: Vault): AnyRoute {
  return route({
    method: 'get',
    path: '/api/v1/usernames/{name}',
    operationId: 'checkUsername',
    tag: 'Account',
    summary: 'Check whether a username is free',
    description:
      'For people with an account, 30 times in five minutes, so that no caller can list the accounts. `services` has the answers of other services; a service that does not answer is `unknown`.',
    access: 'person',
    params: UsernameParams,
    scope: 'account:read',
    response: UsernameView,
    limit: USERNAME_LIMIT,
    handle: async ({ params, caller }) => {
      const { accountId } = caller;
      const { state, problem, services } = await vault.checkUsername({
        username: params.name,
        accountId,
      });
      return {
        username: params.name,
        isFree: state === 'free',
        state,
        problem,
        services: [...services],
      };
    },
  });
}

function adding(vault: Vault): readonly AnyRoute[] {
  return formPage({
    path: '/account/usernames/add',
    access: 'person',
    freshSeconds: FRESH_SECONDS,
    form: Type.Object({
      value: Type.String({ minLength: 1, maxLength: 1_000 }),
      label: Type.Optional(Type.String({ maxLength: 1_000 })),
      step: Type.Optional(Type.Enum(['check', 'add'])),
    }),
    limit: USERNAME_LIMIT,
    query: Type.Object({
      ...ForAppQuery.properties,
      name: Type.Optional(Type.String({ maxLength: 200 })),
    }),
    show: async ({ caller: { accountId }, query: { app, name = '' }, formErrors, formValues }) => {
      const username = typedText(formValues, 'value');
      const label = typedText(formValues, 'label');
      const place = { action: forApp(PATH, app), cancelHref: cancelPath(app) };
      if (formErrors || name === '')
        return render(usernamePage, { ...place, username, label, found: null, formErrors });
      const found = await vault.checkUsername({ username: name, accountId });
      const shown = { username: name, label, found, formErrors: errorsOf(found) };
      return render(usernamePage, { ...place, ...shown });
    },
    submit: async ({ caller: { accountId }, query: { app }, form: { value, label, step } }) => {
      // The answer to a check has an address of its own.
      if (step === 'check') return redirect(withQuery(PATH, { app, name: value }));
      await vault.addAttribute({ accountId, claim: USERNAME_CLAIM, value, label: label ?? null });
      return leadBack({ app, claim: USERNAME_CLAIM, flash: 'vault:flash.added' });
    },
  });
}

const ERRORS = { taken: 'username_taken', reserved: 'username_reserved', yours: 'value_exists' };

function errorsOf({ state, problem }: NonNullable<UsernameModel['found']>): FormErrors | null {
  if (state === 'free') return null;
  return { value: state === 'invalid' ? (problem ?? 'username_invalid') : ERRORS[state] };
}
