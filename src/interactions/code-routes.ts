import { Type } from 'typebox';

import type { Authentication } from '../authentication/index.ts';
import { pageRoute, type PageResult, render } from '../http/page-route.ts';
import type { AnyRoute } from '../http/route.ts';
import { codePage, type ForgotModel, frameOf } from './interaction-views.ts';
import {
  openInteraction,
  type OpenInteraction,
  type OpenInteractionDeps,
} from './open-interaction.ts';
import { showConfirm } from './registration-routes.ts';
import { InteractionParams } from './interaction-path-schema.ts';

export interface CodeRoutesDeps extends OpenInteractionDeps {
  readonly authentication: Authentication;
  readonly sms: { readonly isOn: boolean };
}

/** Signing in, or beginning an account, by a code and without a password. The code is typed on the page of registrations. */
export function codeRoutes(deps: CodeRoutesDeps): readonly AnyRoute[] {
  const path = '/interaction/{uid}/code';
  const show = (
    interaction: OpenInteraction,
    state: Pick<ForgotModel, 'identifier' | 'formErrors'>,
  ): PageResult =>
    render(
      codePage,
      { ...frameOf(interaction), hasSms: deps.sms.isOn, ...state },
      state.formErrors ? { status: 422 } : {},
    );
  return [
    pageRoute({
      method: 'get',
      path,
      access: 'public',
      params: InteractionParams,
      handle: async ({ ctx, params }) => {
        const interaction = await openInteraction(deps, ctx, params.uid);
        const identifier = interaction.parameters.login_hint ?? '';
        return show(interaction, { identifier, formErrors: null });
      },
    }),
    pageRoute({
      method: 'post',
      path,
      access: 'public',
      params: InteractionParams,
      form: Type.Object({ identifier: Type.String({ minLength: 3, maxLength: 254 }) }),
      limit: { points: 20, perSeconds: 600 },
      handle: async ({ ctx, params, form, formErrors, formValues, request }) => {
        const interaction = await openInteraction(deps, ctx, params.uid);
        if (formErrors) {
          const typed = formValues['identifier'];
          return show(interaction, {
            identifier: typeof typed === 'string' ? typed : '',
            formErrors,
          });
        }
        const { registrationId } = await deps.authentication.requestSignInCode({
          identifier: form.identifier,
          locale: request.locale,
          ip: request.network,
        });
        return showConfirm(interaction, { email: form.identifier, reference: registrationId });
      },
    }),
  ];
}
