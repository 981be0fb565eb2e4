import { Type } from 'typebox';

import type { AnyRoute } from '../http/routing/route.ts';
import {
  formPage,
  pageRoute,
  redirect,
  render,
  typedText,
  type FormErrors,
  type FormValues,
  type PageResult,
} from '../http/routing/page-route.ts';
import { finishProof } from './finish-interaction.ts';
import {
  type CodeModel,
  confirmPage,
  frameOf,
  registerPage,
  type RegisterModel,
} from './interaction-views.ts';
import { openInteraction, type OpenInteraction } from './open-interaction.ts';
import { INTERACTION_PAGE } from './interaction-path-schema.ts';
import { sitePath } from '../http/pages/site-path.ts';
import type { InteractionsContext } from './context.ts';

const RegisterForm = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 200 })),
  email: Type.String({ minLength: 3, maxLength: 254 }),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
});

const ConfirmForm = Type.Object({
  reference: Type.String({ format: 'uuid' }),
  email: Type.String({ maxLength: 254 }),
  code: Type.String({ minLength: 1, maxLength: 20 }),
});

const ResendForm = Type.Object({
  reference: Type.String({ format: 'uuid' }),
  email: Type.String({ maxLength: 254 }),
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
      if (!formErrors) return showRegister(interaction, {});
      const email = typedText(formValues, 'email');
      return showRegister(interaction, { email, name: typedText(formValues, 'name'), formErrors });
    },
    submit: async ({ ctx, params, form, request }) => {
      const interaction = await openInteraction(deps, ctx, params.uid);
      const { registrationId } = await deps.authentication.register({
        email: form.email,
        password: form.password,
        name: form.name ?? null,
        locale: request.locale,
        deviceId: request.deviceId,
        ip: request.network,
      });
      return showConfirm(interaction, { email: form.email, reference: registrationId });
    },
  });
}

function confirming(deps: InteractionsContext): readonly AnyRoute[] {
  return [
    ...formPage({
      ...INTERACTION_PAGE,
      path: '/interaction/{uid}/confirm',
      form: ConfirmForm,
      limit: { points: 30, perSeconds: 60 },
      show: async ({ ctx, params, formErrors, formValues }) => {
        // A reload is a GET request; the form has to be sent again from the start.
        if (!formErrors) return redirect(sitePath`/interaction/${params.uid}/register`);
        const interaction = await openInteraction(deps, ctx, params.uid);
        return showConfirm(interaction, retry(formValues, formErrors));
      },
      submit: async ({ ctx, params, form, request }) => {
        const interaction = await openInteraction(deps, ctx, params.uid);
        const proof = await deps.authentication.confirmRegistration({
          registrationId: form.reference,
          code: form.code,
          deviceId: request.deviceId,
          ip: request.network,
        });
        return finishProof(deps, ctx, { interaction, proof });
      },
    }),

    pageRoute({
      ...INTERACTION_PAGE,
      method: 'post',
      path: '/interaction/{uid}/confirm/resend',
      form: ResendForm,
      limit: { points: 10, perSeconds: 600 },
      handle: async ({ ctx, params, form, formErrors, formValues, request }) => {
        const interaction = await openInteraction(deps, ctx, params.uid);
        if (formErrors) return showConfirm(interaction, retry(formValues, formErrors));
        await deps.authentication.resendCode({
          flowId: form.reference,
          locale: request.locale,
          deviceId: request.deviceId,
          interactionUid: params.uid,
          ip: request.network,
        });
        return showConfirm(interaction, { email: form.email, reference: form.reference }, 'good');
      },
    }),
  ];
}

type CodeState = Pick<CodeModel, 'email' | 'reference'> & Partial<Pick<CodeModel, 'formErrors'>>;

/** The page for creating an account. */
export function showRegister(
  interaction: OpenInteraction,
  state: Partial<Pick<RegisterModel, 'email' | 'name' | 'formErrors'>>,
): PageResult {
  return render(registerPage, {
    ...frameOf(interaction),
    email: state.email ?? interaction.parameters.login_hint ?? '',
    name: state.name ?? '',
    formErrors: state.formErrors ?? null,
  });
}

/** The page for the mailed code. */
export function showConfirm(
  interaction: OpenInteraction,
  state: CodeState,
  resent?: 'good',
): PageResult {
  return render(
    confirmPage,
    { ...frameOf(interaction), ...state, formErrors: state.formErrors ?? null },
    resent ? { flash: { kind: resent, message: 'interactions:confirm.resent' } } : {},
  );
}

function retry(values: FormValues, formErrors: FormErrors): CodeState {
  const reference = typedText(values, 'reference');
  return { email: typedText(values, 'email'), reference, formErrors };
}
