import { setTimeout as pause } from 'node:timers/promises';

import { REDIRECT_URI, type ThirdPartyApp } from './third-party-app.ts';

/** The response of one endpoint to an app: success or a final refusal. */
export interface Answer {
  readonly isRefused: boolean;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Calls of an app to one node, so that a test chooses the node. */
export interface AppCalls {
  redeem(code: string, verifier: string): Promise<Answer>;
  refresh(refreshToken: string): Promise<Answer>;
  userinfo(accessToken: string): Promise<Answer>;
  introspect(accessToken: string): Promise<Answer>;
  profile(accessToken: string): Promise<Answer>;
}

const GRANT_REFUSALS = new Set(['invalid_grant', 'invalid_client']);

/**
 * Calls go to `nodeUrl`. Only a refusal of the protocol counts as `isRefused`.
 * @throws Error for any other response: an outage or a crash is not a refusal.
 */
export function appAt(nodeUrl: string, app: ThirdPartyApp): AppCalls {
  const credentials = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
  const post = async (path: string, form: Record<string, string>): Promise<Answer> => {
    const response = await fetch(`${nodeUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams(form),
    });
    const body = (await response.json()) as Answer['body'];
    const isNo = body['active'] === false || GRANT_REFUSALS.has(String(body['error']));
    return requireKnownAnswer(path, { isRefused: isNo, status: response.status, body });
  };
  const read = async (path: string, accessToken: string): Promise<Answer> => {
    const response = await fetch(`${nodeUrl}${path}`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    const body = (await response.json()) as Answer['body'];
    return requireKnownAnswer(path, {
      isRefused: response.status === 401,
      status: response.status,
      body,
    });
  };
  return {
    redeem: (code, verifier) =>
      post('/token', {
        grant_type: 'authorization_code',
        code,
        redirect_uri: REDIRECT_URI,
        code_verifier: verifier,
      }),
    refresh: (refreshToken) =>
      post('/token', { grant_type: 'refresh_token', refresh_token: refreshToken }),
    introspect: (token) => post('/token/introspection', { token }),
    userinfo: (accessToken) => read('/userinfo', accessToken),
    profile: (accessToken) => read('/api/v1/account/profile', accessToken),
  };
}

/** Repeats the call while the node returns 503, as after a long pause. @throws Error after five seconds. */
export async function afterOutage(call: () => Promise<Answer>): Promise<Answer> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isOutage = (error as Error).message.includes('answered 503');
      if (!isOutage || performance.now() > deadline) throw error;
      await pause(100);
    }
  }
}

function requireKnownAnswer(path: string, answer: Answer): Answer {
  if (answer.isRefused || answer.status === 200) return answer;
  throw new Error(`${path} answered ${String(answer.status)} ${JSON.stringify(answer.body)}`);
}
