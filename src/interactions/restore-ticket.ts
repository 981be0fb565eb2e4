import type { DeletedAccount } from '../authentication/index.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { type ActionResult, redirect } from '../http/routing/page-route.ts';
import type { RequestContext } from '../platform/request-context.ts';

const COOKIE = 'restore';
const TICKET_SECONDS = 600;

/** Leads to the page that offers to restore the account. Its ticket stays in a cookie of that page. */
export function offerRestore(
  { cookies }: Pick<RequestContext, 'cookies'>,
  uid: string,
  { ticket }: DeletedAccount,
): ActionResult {
  cookies.write({ name: COOKIE, path: pathOf(uid), value: ticket, maxAgeSeconds: TICKET_SECONDS });
  return redirect(pathOf(uid));
}

/** The ticket of this browser; the empty text without one. */
export function restoreTicketOf({ cookies }: Pick<RequestContext, 'cookies'>, uid: string): string {
  return cookies.read(COOKIE, pathOf(uid)) ?? '';
}

function pathOf(uid: string) {
  return sitePath`/interaction/${uid}/restore`;
}
