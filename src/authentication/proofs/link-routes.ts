import { Type } from 'typebox';

import type { Caller } from '../../http/routing/caller.ts';
import {
  type ActionResult,
  type FormErrors,
  formPage,
  type PageResult,
  redirect,
  render,
  success,
} from '../../http/routing/page-route.ts';
import { IdentifierParam } from '../../http/routing/path-parameters.ts';
import { type AnyRoute, route } from '../../http/routing/route.ts';
import { sitePath } from '../../http/pages/site-path.ts';
import type { RequestContext } from '../../platform/request-context.ts';
import { isAppError } from '../../platform/app-error.ts';
import type { Authentication } from '../index.ts';
import type { LinkInput } from './confirm-link.ts';
import { deadLinkPage, type DeadLinkModel, linkConfirmedPage, linkPage } from './link-views.ts';

const LinkParams = Type.Object({ link: IdentifierParam });
const NewPassword = Type.Optional(Type.String({ minLength: 1, maxLength: 1_024 }));
const LinkForm = Type.Object({
  newPassword: NewPassword,
  /** For password managers. */
  username: Type.Optional(Type.String({ maxLength: 254 })),
});
const LinkView = Type.Object({
  purpose: Type.Union([Type.Literal('registration'), Type.Literal('attribute')]),
});

/**
 * The page behind the link of a mail. Opening it changes nothing, because mail scanners open links; only the form on
 * the page does. The form depends on the browser: see `LinkUse`.
 */
export function linkRoutes({
  authentication,
}: {
  readonly authentication: Authentication;
}): readonly AnyRoute[] {
  return [
    ...formPage({
      path: '/confirm/{link}',
      access: 'public',
      params: LinkParams,
      form: LinkForm,
      show: async ({ params, caller, request, formErrors }) =>
        showLink(authentication, { ...params, ...originOf(caller, request) }, formErrors),
      submit: async ({ params, caller, form: { newPassword }, request }) => {
        const input = { ...params, ...originOf(caller, request) };
        return useForm(authentication, { ...input, newPassword, locale: request.locale });
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/confirmations',
      operationId: 'confirmLink',
      tag: 'Account',
      summary: 'Prove an e-mail by the link that was mailed to it',
      description:
        'Takes the text after `/confirm/` in the link. It works once and for 24 hours, proves the address for the account it was mailed for, and does not sign in. A registration that was started in another browser needs a new password, which replaces the first one; an address that was added to an account can be confirmed in the browser that added it, or by that person.',
      access: 'public',
      body: Type.Object({
        link: Type.String({ minLength: 1, maxLength: 200 }),
        newPassword: NewPassword,
      }),
      response: LinkView,
      errorCodes: {
        400: ['new_password_required', 'password_invalid'],
        403: ['link_elsewhere'],
        409: ['address_taken'],
        410: ['link_expired'],
        503: ['busy'],
      },
      limit: { points: 30, perSeconds: 600 },
      handle: async ({ body, caller, request }) =>
        authentication.confirmLink({ ...body, ...originOf(caller, request) }),
    }),
  ];
}

function originOf(
  caller: Caller,
  { deviceId, network: ip }: RequestContext,
): Omit<LinkInput, 'link'> {
  return { accountId: caller.kind === 'person' ? caller.accountId : null, deviceId, ip };
}

async function showLink(
  authentication: Authentication,
  input: LinkInput,
  formErrors: FormErrors | null,
): Promise<PageResult> {
  const found = await authentication.describeLink(input);
  if (found === null) return showDead('dead');
  if (found.use === 'elsewhere') return showDead(`elsewhere_${found.purpose}`);
  if (found.use === 'done') return render(linkConfirmedPage, found);
  const taken = formErrors?.['form'] === 'address_taken';
  if (taken) return showDead('taken');
  const rules = authentication.describePasswordRules('only_factor');
  return render(linkPage, { ...found, link: input.link, rules, formErrors });
}

type FilledForm = LinkInput & { readonly newPassword: string | undefined; readonly locale: string };

async function useForm(authentication: Authentication, input: FilledForm): Promise<ActionResult> {
  const here = sitePath`/confirm/${input.link}`;
  const found = await authentication.describeLink(input);
  try {
    if (found?.purpose === 'password_reset') {
      const { newPassword = '' } = input;
      await authentication.finishPasswordReset({ ...input, newPassword });
      const signIn = sitePath`/interaction/${found.interactionUid ?? ''}/sign-in`;
      return redirect(signIn, success('authentication:flash.passwordReset'));
    }
    await authentication.confirmLink(input);
    return redirect(here);
  } catch (error) {
    if (LEADS_BACK.some((code) => isAppError(error, code))) return redirect(here);
    throw isAppError(error, 'address_taken') ? error.at('form') : error;
  }
}

// The page of the link explains these.
const LEADS_BACK = ['link_expired', 'code_expired', 'link_elsewhere'];

function showDead(reason: DeadLinkModel['reason']): PageResult {
  const status = { dead: 410, taken: 409 }[reason as string] ?? 403;
  return render(deadLinkPage, { reason }, { status });
}
