import { Type } from 'typebox';

import { FRESH_SECONDS } from '../../accounts/index.ts';
import { formPage, pageRoute, redirect, render, success } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { createSealedCookies } from '../../platform/keys/sealed-cookies.ts';
import { isAppError } from '../../platform/app-error.ts';
import type { Sealer } from '../../platform/keys/encryption.ts';
import {
  findNewCodes,
  forgetNewCodes,
  keepNewCodes,
  RECOVERY_CODES,
} from './kept-recovery-codes.ts';
import { drawQrCode } from './qr-code.ts';
import { type SecondFactorRoutesDeps, totpUriOf } from './second-factor-routes.ts';
import {
  authenticatorPage,
  recoveryCodesPage,
  removeAuthenticatorPage,
} from './second-factor-views.ts';

interface PageDeps extends SecondFactorRoutesDeps {
  readonly transientSealer: Sealer;
}

const SECURITY = '/account/security';
const PASSWORD = '/account/security/password';
const AUTHENTICATOR = '/account/security/authenticator';
const FRESH = { access: 'person', freshSeconds: FRESH_SECONDS } as const;
const KEPT_SECONDS = 1_800;

/** The pages on which a person sets up and removes the second step of their sign-ins. */
export function secondFactorPageRoutes(deps: PageDeps): readonly AnyRoute[] {
  return [...settingUp(deps), ...removing(deps), ...recovering(deps)];
}

function settingUp(deps: PageDeps): readonly AnyRoute[] {
  const { authentication } = deps;
  return formPage({
    ...FRESH,
    path: AUTHENTICATOR,
    form: Type.Object({ code: Type.String({ minLength: 1, maxLength: 20 }) }),
    limit: { points: 20, perSeconds: 600 },
    show: async ({ caller: { accountId }, formErrors }) => {
      try {
        const secret = await secretOf(deps, accountId);
        const uri = await totpUriOf(deps, accountId, secret);
        const qr = drawQrCode(uri);
        return render(authenticatorPage, { qr, uri, secret: inGroups(secret), formErrors });
      } catch (error) {
        if (isAppError(error, 'authenticator_exists')) return redirect(SECURITY);
        throw error;
      }
    },
    submit: async ({ caller: { accountId }, form: { code } }) => {
      const cookies = createSealedCookies(deps);
      const kept = cookies.read(enrolmentOf(accountId)) as { ticket: string } | undefined;
      // A new secret is shown when this one was made too long ago.
      if (kept === undefined) return redirect(AUTHENTICATOR, OVER);
      try {
        const { ticket } = kept;
        const { recoveryCodes } = await authentication.confirmTotp({ accountId, ticket, code });
        cookies.remove(enrolmentOf(accountId));
        keepNewCodes(deps, accountId, recoveryCodes);
      } catch (error) {
        if (isAppError(error, 'authenticator_ticket_expired')) return redirect(AUTHENTICATOR, OVER);
        if (isAppError(error, 'authenticator_exists')) return redirect(SECURITY);
        throw error;
      }
      return redirect(RECOVERY_CODES, success('authentication:authenticator.done'));
    },
  });
}

const TOO_SHORT = {
  flash: { kind: 'warn', message: 'authentication:authenticator.passwordFirst' },
} as const;
const OVER = { flash: { kind: 'warn', message: 'authentication:authenticator.over' } } as const;

/** The secret that this browser was shown before, so that a reload does not change it; else a new one. */
async function secretOf(deps: PageDeps, accountId: string): Promise<string> {
  const cookies = createSealedCookies(deps);
  const kept = cookies.read(enrolmentOf(accountId)) as { ticket: string } | undefined;
  if (kept !== undefined) {
    const known = await deps.authentication
      .describeTotp({ accountId, ticket: kept.ticket })
      .catch((error: unknown) => {
        if (isAppError(error, 'authenticator_ticket_expired')) return null;
        throw error;
      });
    if (known !== null) return known.secret;
  }
  const { secret, ticket } = await deps.authentication.startTotp({ accountId });
  cookies.write(enrolmentOf(accountId), { ticket }, KEPT_SECONDS);
  return secret;
}

function removing({ authentication }: PageDeps): readonly AnyRoute[] {
  return [
    ...formPage({
      ...FRESH,
      path: `${AUTHENTICATOR}/remove`,
      show: async () => render(removeAuthenticatorPage, {}),
      submit: async ({ caller: { accountId } }) => {
        try {
          await authentication.removeTotp({ accountId });
        } catch (error) {
          if (isAppError(error, 'password_too_short_alone')) return redirect(PASSWORD, TOO_SHORT);
          // The form was sent before.
          if (!isAppError(error, 'authenticator_not_found')) throw error;
        }
        return redirect(SECURITY, success('authentication:authenticator.removed'));
      },
    }),
    pageRoute({
      method: 'post',
      path: '/account/security/trusted-browsers/end',
      access: 'person',
      handle: async ({ caller: { accountId } }) => {
        await authentication.endBrowserTrust({ accountId });
        return redirect(SECURITY, success('authentication:trusted.ended'));
      },
    }),
  ];
}

function recovering(deps: PageDeps): readonly AnyRoute[] {
  const { authentication } = deps;
  return [
    ...formPage({
      access: 'person',
      // New codes of an app that was just set up are shown to a session that lacks the second step.
      submitFreshSeconds: FRESH_SECONDS,
      path: RECOVERY_CODES,
      limit: { points: 20, perSeconds: 600 },
      show: async ({ caller: { accountId } }) => {
        const factors = await authentication.listSecondFactors({ accountId });
        if (factors.since === null) return redirect(SECURITY);
        const codes = findNewCodes(deps, accountId);
        return render(recoveryCodesPage, { codes, unused: factors.unusedRecoveryCodes });
      },
      submit: async ({ caller: { accountId } }) => {
        const codes = await authentication.replaceRecoveryCodes({ accountId });
        keepNewCodes(deps, accountId, codes);
        return redirect(RECOVERY_CODES, success('authentication:recovery.made'));
      },
    }),
    pageRoute({
      method: 'post',
      path: `${RECOVERY_CODES}/stored`,
      access: 'person',
      handle: async ({ caller: { accountId } }) => {
        forgetNewCodes(deps, accountId);
        return redirect(SECURITY);
      },
    }),
  ];
}

function enrolmentOf(accountId: string) {
  return { name: 'authenticator', path: AUTHENTICATOR, id: accountId };
}

function inGroups(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ');
}
