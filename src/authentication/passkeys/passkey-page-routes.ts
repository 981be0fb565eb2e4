import { Type } from 'typebox';

import { FRESH_SECONDS } from '../../accounts/index.ts';
import { UuidParam } from '../../http/routing/path-parameters.ts';
import {
  type ActionResult,
  formPage,
  redirect,
  render,
  success,
  typedText,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { AppError, isAppError } from '../../platform/app-error.ts';
import type { Authentication } from '../index.ts';
import { keepNewCodes, type KeptCodesDeps } from '../second-factors/kept-recovery-codes.ts';
import type { Passkey } from './passkey.ts';
import { parsePasskeyAnswer, PasskeyAnswer } from './passkey-form.ts';
import {
  addPasskeyPage,
  passkeyPage,
  removePasskeyPage,
  secondStepRequirementPage,
} from './passkey-views.ts';

interface PageDeps extends KeptCodesDeps {
  readonly authentication: Authentication;
}

const SECURITY = '/account/security';
const PASSWORD = '/account/security/password';
const ADD = '/account/security/passkeys/add';
const ONE = '/account/security/passkeys/{passkeyId}';
const FRESH = { access: 'person', freshSeconds: FRESH_SECONDS } as const;
const LIMIT = { points: 20, perSeconds: 600 } as const;
const PasskeyParams = Type.Object({ passkeyId: UuidParam });

/** The pages on which a person adds, names and removes passkeys. */
export function passkeyPageRoutes(deps: PageDeps): readonly AnyRoute[] {
  return [...adding(deps), ...naming(deps), ...removing(deps), ...requiring(deps)];
}

function adding({ authentication }: PageDeps): readonly AnyRoute[] {
  return formPage({
    ...FRESH,
    path: ADD,
    form: Type.Object(PasskeyAnswer),
    limit: LIMIT,
    show: async ({ caller: { accountId }, request: { deviceId }, formErrors }) => {
      try {
        const creation = await authentication.startPasskey({ accountId, deviceId });
        return render(addPasskeyPage, { creation, formErrors });
      } catch (error) {
        if (isAppError(error, 'too_many_passkeys')) return redirect(SECURITY, FULL);
        throw error;
      }
    },
    submit: async ({ caller: { accountId }, request: { deviceId }, form }) => {
      const { ticket, answer: text } = form;
      try {
        const answer = parsePasskeyAnswer(text);
        await authentication.addPasskey({ accountId, deviceId, ticket, answer });
      } catch (error) {
        if (isAppError(error, 'passkey_expired')) return redirect(ADD, OVER);
        throw isAppError(error) && error.kind === 'conflict' ? error.at('form') : error;
      }
      return redirect(SECURITY, success('authentication:passkeys.added'));
    },
  });
}

const TOO_SHORT = {
  flash: { kind: 'warn', message: 'authentication:authenticator.passwordFirst' },
} as const;
const FULL = { flash: { kind: 'warn', message: 'authentication:passkeys.full' } } as const;
const OVER = { flash: { kind: 'warn', message: 'authentication:passkeys.over' } } as const;

function naming({ authentication }: PageDeps): readonly AnyRoute[] {
  return formPage({
    access: 'person',
    path: ONE,
    params: PasskeyParams,
    form: Type.Object({ name: Type.String({ maxLength: 400 }) }),
    show: async ({ caller: { accountId }, params: { passkeyId }, formErrors, formValues }) => {
      const passkey = await findPasskey(authentication, { accountId, passkeyId });
      const name = formErrors === null ? (passkey.name ?? '') : typedText(formValues, 'name');
      return render(passkeyPage, { passkey, name, formErrors });
    },
    submit: async ({ caller: { accountId }, params: { passkeyId }, form: { name } }) => {
      await authentication.renamePasskey({ accountId, passkeyId, name });
      return redirect(SECURITY, success('authentication:passkeys.renamed'));
    },
  });
}

function removing({ authentication }: PageDeps): readonly AnyRoute[] {
  return formPage({
    ...FRESH,
    path: `${ONE}/remove`,
    params: PasskeyParams,
    show: async ({ caller: { accountId }, params: { passkeyId } }) => {
      const passkey = await findPasskey(authentication, { accountId, passkeyId });
      const all = await authentication.listPasskeys({ accountId });
      const { authenticator, isRequired } = await authentication.listSecondFactors({ accountId });
      const isLastFactor = isRequired && authenticator === null && all.length === 1;
      return render(removePasskeyPage, { passkey, isLastFactor });
    },
    submit: async ({ caller: { accountId }, params: { passkeyId } }) => {
      try {
        await authentication.removePasskey({ accountId, passkeyId });
      } catch (error) {
        if (isAppError(error, 'password_too_short_alone')) return redirect(PASSWORD, TOO_SHORT);
        // The form was sent before.
        if (!isAppError(error, 'passkey_not_found')) throw error;
      }
      return redirect(SECURITY, success('authentication:passkeys.removed'));
    },
  });
}

function requiring(deps: PageDeps): readonly AnyRoute[] {
  const { authentication } = deps;
  return formPage({
    ...FRESH,
    path: '/account/security/second-step',
    form: Type.Object({ required: Type.Enum(['yes', 'no']) }),
    limit: LIMIT,
    show: async ({ caller: { accountId }, formErrors }) => {
      const { isRequired, authenticator } = await authentication.listSecondFactors({ accountId });
      const hasAuthenticator = authenticator !== null;
      return render(secondStepRequirementPage, { isRequired, hasAuthenticator, formErrors });
    },
    submit: async ({ caller: { accountId }, form: { required } }) => {
      if (required === 'no') return stopRequiring(authentication, accountId);
      const codes = await authentication
        .requireSecondStep({ accountId })
        .catch((error: unknown) => {
          throw isAppError(error, 'passkey_missing') ? error.at('form') : error;
        });
      const done = success('authentication:requirement.on');
      if (codes === null) return redirect(SECURITY, done);
      keepNewCodes(deps, accountId, codes);
      return redirect('/account/security/recovery-codes', done);
    },
  });
}

async function stopRequiring(
  { stopRequiringSecondStep }: Pick<Authentication, 'stopRequiringSecondStep'>,
  accountId: string,
): Promise<ActionResult> {
  try {
    await stopRequiringSecondStep({ accountId });
  } catch (error) {
    if (isAppError(error, 'password_too_short_alone')) return redirect(PASSWORD, TOO_SHORT);
    throw error;
  }
  return redirect(SECURITY, success('authentication:requirement.off'));
}

async function findPasskey(
  { listPasskeys }: Pick<Authentication, 'listPasskeys'>,
  { accountId, passkeyId }: { readonly accountId: string; readonly passkeyId: string },
): Promise<Passkey> {
  const all = await listPasskeys({ accountId });
  const found = all.find(({ id }) => id === passkeyId);
  if (found === undefined) throw new AppError('not_found', 'page_not_found');
  return found;
}
