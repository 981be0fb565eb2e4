import { Type } from 'typebox';

import { sitePath, type SitePath, withQuery } from '../../http/pages/site-path.ts';
import { type ActionResult, redirect, success } from '../../http/routing/page-route.ts';
import { IdentifierParam } from '../../http/routing/path-parameters.ts';

/** The query of the pages that add a value: the app whose page led there. Absent: the profile did. */
export const ForAppQuery = Type.Object({ app: Type.Optional(IdentifierParam) });

/** The same page for the app whose page led there. */
export function forApp(path: SitePath, app: string | null | undefined): SitePath {
  return withQuery(path, { app: app ?? undefined });
}

/** Where a page that adds a value leads when nothing was added. */
export function cancelPath(app: string | null | undefined): SitePath {
  return app == null ? sitePath`/account` : sitePath`/account/apps/${app}`;
}

/** Leads back after a value was added: to the app, where the value is offered and not shared yet, else to the profile. */
export function leadBack({
  app,
  claim,
  flash,
}: {
  readonly app: string | undefined;
  readonly claim: string;
  /** The message on the profile. */
  readonly flash: string;
}): ActionResult {
  return app === undefined
    ? redirect('/account', success(flash))
    : redirect(
        sitePath`/account/apps/${app}?offer=${claim}#not-shared`,
        success('vault:flash.addedForApp'),
      );
}
