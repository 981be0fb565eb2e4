import type { Flash } from '../http/routing/page-route.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { AppError, isAppError } from '../platform/app-error.ts';
import type { RequestContext } from '../platform/request-context.ts';
import { USERNAME_CLAIM, usernameFault } from '../vault/index.ts';
import type { InteractionsContext } from './context.ts';

type Cookies = Pick<RequestContext, 'cookies'>;

const COOKIE = 'wished-username';
const DAY_SECONDS = 86_400;

/** @throws AppError `registration_invalid` (field `username`) for a text that no account can have; not for a taken name. */
export function refuseUsername(
  username: string,
  necessity: InteractionsContext['config']['registrationUsername'],
): void {
  const faultOfNothing = necessity === 'required' ? 'value_required' : null;
  const fault = username === '' ? faultOfNothing : usernameFault(username);
  if (fault !== null)
    throw new AppError('invalid', 'registration_invalid', { fields: { username: fault } });
}

/**
 * Keeps the name in this browser until the address is confirmed. Before, the answer would reveal which names exist. The empty text
 * removes a name that was kept for an earlier registration.
 */
export function wishUsername({ cookies }: Cookies, uid: string, value: string): void {
  const path = pathOf(uid);
  if (value === '' && (cookies.read(COOKIE, path) ?? '') === '') return;
  const maxAgeSeconds = value === '' ? 0 : DAY_SECONDS;
  cookies.write({ name: COOKIE, path, value, maxAgeSeconds });
}

/** Gives the wished name to the new account. The next page names it when another account has it. */
export async function giveUsername(
  { vault, config }: Pick<InteractionsContext, 'vault' | 'config'>,
  { cookies }: Cookies,
  { uid, accountId }: { readonly uid: string; readonly accountId: string },
): Promise<{ readonly flash?: Flash }> {
  const name = cookies.read(COOKIE, pathOf(uid)) ?? '';
  if (name === '') return {};
  wishUsername({ cookies }, uid, '');
  try {
    await vault.addAttribute({ accountId, claim: USERNAME_CLAIM, value: name });
    return {};
  } catch (error) {
    if (!isAppError(error) || error.kind === 'unavailable') throw error;
    // The next page of the sign-in is the one on which another name is chosen.
    const isChosenNow = config.registrationUsername === 'required';
    const message = `interactions:register.${isChosenNow ? 'usernameTakenNow' : 'usernameTaken'}`;
    return { flash: { kind: 'warn', message, values: { name } } };
  }
}

function pathOf(uid: string) {
  return sitePath`/interaction/${uid}`;
}
