import { Type } from 'typebox';

import type { AnyRoute } from '../http/routing/route.ts';
import {
  formPage,
  redirect,
  render,
  typedText,
  type PageResult,
} from '../http/routing/page-route.ts';
import { CODE_PAGE, confirmPath, leadOnAfterCode, showCodeStep } from './code-step.ts';
import { finishSignIn, requiredProof } from './finish-sign-in.ts';
import { frameOf, registerPage, type RegisterModel } from './interaction-views.ts';
import { openInteraction, type OpenInteraction } from './open-interaction.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import type { InteractionsContext } from './context.ts';
import { findTypedName } from './typed-name.ts';
import { giveUsername, refuseUsername, wishUsername } from './wished-username.ts';

const RegisterForm = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 200 })),
  email: Type.String({ minLength: 3, maxLength: 254 }),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
  username: Type.Optional(Type.String({ maxLength: 200 })),
});

/** Registration during a sign-in: it ends at the same address as the sign-in. */
export function registrationRoutes(deps: InteractionsContext): readonly AnyRoute[] {
  return [...registering(deps), ...confirming(deps)];
}

function registering(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    ...INTERACTION_PAGE,
    path: '/interaction/{uid}/register',
    form: RegisterForm,
    limit: { points: 20, perSeconds: 600 },
    show: async ({ ctx, params, formErrors, formValues }) => {
      const interaction = await openInteraction(deps, ctx, params.uid);
      if (!formErrors) return showRegister(deps, interaction, {});
      const typed = (name: string) => typedText(formValues, name);
      const values = { email: typed('email'), name: typed('name'), username: typed('username') };
      return showRegister(deps, interaction, { ...values, formErrors });
    },
    submit: async ({ ctx, params, form, request }) => {
      await openInteraction(deps, ctx, params.uid);
      const { registrationUsername } = deps.config;
      const username = registrationUsername === 'off' ? '' : (form.username ?? '');
      refuseUsername(username, registrationUsername);
      const { registrationId } = await deps.authentication.register({
        email: form.email,
        password: form.password,
        name: form.name ?? null,
        username,
        locale: request.locale,
        deviceId: request.deviceId,
        interactionUid: params.uid,
        ip: request.network,
      });
      wishUsername(deps, params.uid, username);
      return redirect(confirmPath({ ...params, reference: registrationId }));
    },
  });
}

function confirming(deps: InteractionsContext): readonly AnyRoute[] {
  return formPage({
    ...CODE_PAGE,
    path: '/interaction/{uid}/confirm/{reference}',
    form: Type.Object({ code: Type.String({ minLength: 1, maxLength: 20 }) }),
    limit: { points: 30, perSeconds: 60 },
    show: async (visit) => showCodeStep(deps, visit),
    submit: async ({ ctx, params, form: { code }, request }) => {
      const { deviceId, network: ip } = request;
      const interaction = await openInteraction(deps, ctx, params.uid);
      const { reference: registrationId } = params;
      try {
        const entered = {
          registrationId,
          code,
          deviceId,
          ip,
          required: requiredProof(interaction),
        };
        const outcome = await deps.authentication.confirmRegistration(entered);
        const flash =
          outcome.status === 'signed_in'
            ? await giveUsername(deps, { uid: params.uid, ...outcome })
            : {};
        const isRemembered = findTypedName(deps, params.uid)?.isRemembered ?? false;
        const finish = { interaction, outcome, isRemembered, request };
        return { ...(await finishSignIn(deps, ctx, finish)), ...flash };
      } catch (error) {
        return leadOnAfterCode(error, 'confirm', params);
      }
    },
  });
}

/** The page for creating an account. */
export function showRegister(
  { config, authentication }: Pick<InteractionsContext, 'config' | 'authentication'>,
  interaction: OpenInteraction,
  state: Partial<Pick<RegisterModel, 'email' | 'name' | 'username' | 'formErrors'>>,
): PageResult {
  return render(registerPage, {
    ...frameOf(interaction),
    email: state.email ?? interaction.parameters.login_hint ?? '',
    name: state.name ?? '',
    username: config.registrationUsername === 'off' ? null : (state.username ?? ''),
    isUsernameRequired: config.registrationUsername === 'required',
    rules: authentication.describePasswordRules('only_factor'),
    formErrors: state.formErrors ?? null,
  });
}
