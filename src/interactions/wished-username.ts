import type { Flash } from '../http/routing/page-route.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { createSealedCookies } from '../platform/keys/sealed-cookies.ts';
import { AppError, isAppError } from '../platform/app-error.ts';
import { USERNAME_CLAIM, usernameFault } from '../vault/index.ts';
import type { InteractionsContext } from './context.ts';

type Sealing = Parameters<typeof createSealedCookies>[0];

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
 * Keeps the name in this browser until the address is confirmed, encrypted, so that a cookie from elsewhere names no account. Before, the
 * answer would reveal which names exist. The empty text removes a name that was kept for an earlier registration.
 */
export function wishUsername(deps: Sealing, uid: string, name: string): void {
  const cookies = createSealedCookies(deps);
  if (name !== '') cookies.write(placeOf(uid), { name }, DAY_SECONDS);
  else if (cookies.read(placeOf(uid)) !== undefined) cookies.remove(placeOf(uid));
}

/** Gives the wished name to the new account. The next page names it when another account has it. */
export async function giveUsername(
  deps: Sealing & Pick<InteractionsContext, 'vault' | 'config'>,
  { uid, accountId }: { readonly uid: string; readonly accountId: string },
): Promise<{ readonly flash?: Flash }> {
  const kept = createSealedCookies(deps).read(placeOf(uid)) as { name: string } | undefined;
  if (kept === undefined) return {};
  const { name } = kept;
  wishUsername(deps, uid, '');
  try {
    await deps.vault.addAttribute({ accountId, claim: USERNAME_CLAIM, value: name });
    return {};
  } catch (error) {
    if (!isAppError(error) || error.kind === 'unavailable') throw error;
    // The next page of the sign-in is the one on which another name is chosen.
    const isChosenNow = deps.config.registrationUsername === 'required';
    const message = `interactions:register.${isChosenNow ? 'usernameTakenNow' : 'usernameTaken'}`;
    return { flash: { kind: 'warn', message, values: { name } } };
  }
}

function placeOf(uid: string) {
  return { name: 'wished-username', path: sitePath`/interaction/${uid}`, id: uid };
}
