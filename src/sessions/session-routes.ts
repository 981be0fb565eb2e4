import { Type } from 'typebox';

import type { PersonCaller } from '../http/routing/caller.ts';
import { formPage, pageRoute, redirect, render, success } from '../http/routing/page-route.ts';
import { type AnyRoute, Nothing, route } from '../http/routing/route.ts';
import { isAppError } from '../platform/app-error.ts';
import type { Sessions } from './index.ts';
import { describeSession, SessionView, type SessionWords } from './session-schema.ts';
import { endAllPage, sessionsModel, sessionsPage } from './session-views.ts';
import { OpaqueIdParam } from '../http/routing/path-parameters.ts';

interface SessionRoutesDeps extends Omit<SessionWords, 'locale'> {
  readonly sessions: Pick<Sessions, 'list' | 'end' | 'lives'>;
  /** Signing out everywhere concerns more than sessions, so it belongs to the accounts. */
  readonly accounts: {
    signOutEverywhere(input: {
      readonly accountId: string;
      readonly exceptSessionUid?: string;
    }): Promise<void>;
  };
}

const SessionParams = Type.Object({ sessionUid: OpaqueIdParam });
const WRITE = { tag: 'Account', access: 'person', scope: 'account:write' } as const;
const LIST_PATH = '/account/sessions';
const EndAllChoice = Type.Union([Type.Literal('others'), Type.Literal('all')]);

/** The pages and operations with which a person lists the browsers that are signed in, and signs them out. */
export function sessionRoutes(deps: SessionRoutesDeps): readonly AnyRoute[] {
  return [...pages(deps), ...operations(deps)];
}

function pages(deps: SessionRoutesDeps): readonly AnyRoute[] {
  const { sessions, accounts } = deps;
  return [
    pageRoute({
      method: 'get',
      path: LIST_PATH,
      access: 'person',
      handle: async ({ caller, request: { locale } }) => {
        const list = await listWithWords(deps, caller.accountId, locale);
        const { sessionUid, isAdministrator } = caller;
        const { person, unremembered, administrator } = sessions.lives;
        const life = isAdministrator ? administrator : person;
        const lives = { life, unremembered: unremembered.total, isAdministrator };
        return render(sessionsPage, { ...sessionsModel(list, sessionUid), ...lives });
      },
    }),
    pageRoute({
      method: 'get',
      path: '/account/devices',
      access: 'person',
      handle: async () => redirect(LIST_PATH),
    }),
    pageRoute({
      method: 'post',
      path: '/account/sessions/{sessionUid}/end',
      access: 'person',
      params: SessionParams,
      handle: async ({ caller, params }) => {
        const { accountId } = caller;
        const isEnded = await endIfThere(sessions.end({ accountId, ...params }));
        const message = isEnded ? 'sessions:flash.ended' : 'sessions:flash.endedBefore';
        return redirect(LIST_PATH, success(message));
      },
    }),
    ...formPage({
      path: '/account/sessions/end-all',
      access: 'person',
      query: Type.Object({ which: Type.Optional(EndAllChoice) }),
      form: Type.Object({ which: EndAllChoice }),
      show: async ({ query }) => render(endAllPage, { which: query.which ?? 'others' }),
      submit: async ({ caller, form }) => {
        await accounts.signOutEverywhere({
          accountId: caller.accountId,
          ...(form.which === 'others' && { exceptSessionUid: caller.sessionUid }),
        });
        const next = form.which === 'others' ? LIST_PATH : '/';
        return redirect(next, success(`sessions:flash.${form.which}`));
      },
    }),
  ];
}

async function listWithWords(
  { sessions, places, nameOfApp }: SessionRoutesDeps,
  accountId: string,
  locale: string,
) {
  const words = { locale, places, nameOfApp };
  const list = await sessions.list(accountId);
  return Promise.all(list.map((session) => describeSession(words, session)));
}

/** @returns false when it had already ended, which is not an error. */
async function endIfThere(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (isAppError(error, 'session_not_found')) return false;
    throw error;
  }
}

function operations(deps: SessionRoutesDeps): readonly AnyRoute[] {
  const { sessions, accounts } = deps;
  return [
    route({
      method: 'get',
      path: '/api/v1/account/sessions',
      operationId: 'listSessions',
      tag: 'Account',
      summary: 'List the browsers in which you are signed in',
      access: 'person',
      scope: 'account:read',
      response: Type.Array(SessionView),
      handle: async ({ caller, request: { locale } }) => {
        const list = await listWithWords(deps, caller.accountId, locale);
        const current = currentUid(caller);
        return list.map((session) => ({ ...session, isCurrent: session.uid === current }));
      },
    }),
    route({
      ...WRITE,
      method: 'delete',
      path: '/api/v1/account/sessions/{sessionUid}',
      operationId: 'endSession',
      summary: 'Sign out one browser',
      description:
        'Apps without offline access lose the tokens of that session. Your decisions stay.',
      params: SessionParams,
      response: Nothing,
      errorCodes: { 404: ['session_not_found'] },
      handle: async ({ caller, params }) =>
        sessions.end({ accountId: caller.accountId, sessionUid: params.sessionUid }),
    }),
    route({
      ...WRITE,
      method: 'delete',
      path: '/api/v1/account/sessions',
      operationId: 'endAllSessions',
      summary: 'Sign out everywhere',
      description:
        'Ends every session, and every access that apps have to your account until you sign in to them again. ' +
        'With `keepCurrent` the session of this request stays; a request with a token has none to keep.',
      query: Type.Object({ keepCurrent: Type.Optional(Type.Boolean()) }),
      response: Nothing,
      handle: async ({ caller, query }) => {
        const uid = query.keepCurrent === true ? currentUid(caller) : undefined;
        await accounts.signOutEverywhere({
          accountId: caller.accountId,
          ...(uid !== undefined && { exceptSessionUid: uid }),
        });
      },
    }),
  ];
}

function currentUid(caller: PersonCaller): string | undefined {
  return caller.via === 'session' ? caller.sessionUid : undefined;
}
