import { Type } from 'typebox';

import { FRESH_SECONDS } from '../../accounts/index.ts';
import {
  formPage,
  type PageResult,
  redirect,
  render,
  success,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import { sitePath, type SitePath } from '../../http/pages/site-path.ts';
import type { Attribute, AttributeRef } from '../attributes/attribute.ts';
import { valueLines } from '../attributes/value-lines.ts';
import { isSignInName } from '../identifiers/sign-in-name.ts';
import { findValue, type ValueDeps } from './profile-routes.ts';
import { removePage } from './profile-views.ts';
import { textIn } from '../../platform/languages.ts';

const AttributeParams = Type.Object({ attributeId: Type.String({ format: 'uuid' }) });

/** Confirms and deletes one value. */
export function removeValueRoutes(deps: ValueDeps): readonly AnyRoute[] {
  // Removing a name to sign in with needs a fresh proof.
  return [
    ...removingRoutes('/account/values/{attributeId}/remove', deps),
    ...removingRoutes('/account/emails/{attributeId}/remove', deps, FRESH_SECONDS),
  ];
}

function removingRoutes(
  path: `${string}{attributeId}${string}`,
  deps: ValueDeps,
  freshSeconds?: number,
): readonly AnyRoute[] {
  const isForNames = freshSeconds !== undefined;
  const show = async (ref: AttributeRef, locale: string, isLast: boolean): Promise<PageResult> => {
    const [{ stored, definition }, readers] = await Promise.all([
      findValue(deps, ref),
      deps.readersOfValues(ref.accountId),
    ]);
    if (isSignInName(stored) !== isForNames) return redirect(removeHref(stored));
    return render(removePage, {
      attributeId: stored.id,
      claim: stored.claim,
      title: textIn(definition.title, locale),
      lines: valueLines(stored.value, definition, locale),
      readers: (readers.get(stored.id) ?? []).map(({ name }) => name),
      isLast,
      isSignIn: isSignInName(stored),
      action: removeHref(stored),
    });
  };
  return formPage({
    path,
    access: 'person',
    params: AttributeParams,
    form: Type.Object({}),
    ...(isForNames && { freshSeconds }),
    show: async ({ caller, params, request, formErrors }) =>
      show({ accountId: caller.accountId, ...params }, request.locale, formErrors !== null),
    submit: async ({ caller, params }) => {
      const ref = { accountId: caller.accountId, ...params };
      const { stored } = await findValue(deps, ref);
      if (isSignInName(stored) !== isForNames) return redirect(removeHref(stored));
      try {
        await deps.vault.removeAttribute(ref);
      } catch (error) {
        throw isAppError(error, 'last_identifier') ? error.at('form') : error;
      }
      return redirect('/account', success('vault:flash.removed'));
    },
  });
}

function removeHref(stored: Attribute): SitePath {
  return sitePath`/account/${isSignInName(stored) ? 'emails' : 'values'}/${stored.id}/remove`;
}
