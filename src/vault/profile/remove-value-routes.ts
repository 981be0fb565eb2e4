import { Type } from 'typebox';

import { FRESH_SECONDS } from '../../accounts/index.ts';
import { pageRoute, type PageResult, redirect, render } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import type { Attribute, AttributeRef } from '../attributes/attribute.ts';
import type { Vault } from '../index.ts';
import { loadKeptValue } from '../attributes/load-kept-value.ts';
import { isSignInName } from '../identifiers/sign-in-name.ts';
import { removePage, titleOf } from './profile-views.ts';
import { valueLines } from '../attributes/value-lines.ts';
import { sitePath, type SitePath } from '../../http/pages/site-path.ts';

const PROFILE = '/account';
const AttributeParams = Type.Object({ attributeId: Type.String({ format: 'uuid' }) });

/** Confirms and deletes one value. */
export function removeValueRoutes({ vault }: { readonly vault: Vault }): readonly AnyRoute[] {
  // Taking a name to sign in with away needs a fresh proof.
  return [
    ...removingAt('/account/values/{attributeId}/remove', vault),
    ...removingAt('/account/emails/{attributeId}/remove', vault, FRESH_SECONDS),
  ];
}

function removingAt(
  path: `${string}{attributeId}${string}`,
  vault: Vault,
  freshSeconds?: number,
): readonly AnyRoute[] {
  const isForNames = freshSeconds !== undefined;
  const common = {
    path,
    access: 'person',
    params: AttributeParams,
    ...(isForNames && { freshSeconds }),
  } as const;
  const show = async (ref: AttributeRef, locale: string, isLast: boolean): Promise<PageResult> => {
    const { kept, definition } = await loadKeptValue(vault, ref);
    if (isSignInName(kept) !== isForNames) return redirect(removeHref(kept));
    return render(removePage, {
      attributeId: kept.id,
      claim: kept.claim,
      title: titleOf(definition, locale),
      lines: valueLines(kept.value, definition, locale),
      isLast,
      isSignIn: isSignInName(kept),
      action: removeHref(kept),
    });
  };
  return [
    pageRoute({
      ...common,
      method: 'get',
      handle: async ({ caller, params, request }) =>
        show({ accountId: caller.accountId, ...params }, request.locale, false),
    }),
    pageRoute({
      ...common,
      method: 'post',
      handle: async ({ caller, params, request }) => {
        const ref = { accountId: caller.accountId, ...params };
        const { kept } = await loadKeptValue(vault, ref);
        if (isSignInName(kept) !== isForNames) return redirect(removeHref(kept));
        try {
          await vault.removeAttribute(ref);
        } catch (error) {
          if (!isAppError(error, 'last_identifier')) throw error;
          return show(ref, request.locale, true);
        }
        return redirect(PROFILE, { flash: { kind: 'good', message: 'vault:flash.removed' } });
      },
    }),
  ];
}

function removeHref(kept: Attribute): SitePath {
  return sitePath`/account/${isSignInName(kept) ? 'emails' : 'values'}/${kept.id}/remove`;
}
