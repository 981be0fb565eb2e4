import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { OWN_REQUEST } from '../../platform/own-requests.ts';
import { reasonOf } from '../../platform/jobs/jobs.ts';
import { PROBE_TOPIC } from '../../tokens/index.ts';
import { PROTOCOL_ROUTES } from '../configuration.ts';
import type { OidcContext } from '../context.ts';

interface WatchContext extends Pick<OidcContext, 'feed' | 'log' | 'tokens'> {
  /** The address at which this node listens, not the public address, where another node may answer. */
  readonly ownUrl: string;
}

const LONGEST_MS = 6_000;
const BETWEEN_MS = 4;
const TIMEOUT_MS = 2_000;
/** The endpoints are called over HTTP, as by an app. */
const ENDPOINTS = [PROTOCOL_ROUTES.userinfo, '/api/v1/account/profile'];

/** Watches, in every round, until this node refuses the probe's token at UserInfo and at the account API. */
export function watchRevocations(deps: WatchContext) {
  const node = randomUUID();
  const stopped = new AbortController();
  const underWay = new Set<Promise<void>>();
  const unsubscribe = deps.feed.subscribe(PROBE_TOPIC, (key) => {
    if (key === null || !key.startsWith('begin:')) return;
    const watching = watchRound(deps, { roundId: key.slice('begin:'.length), node, stopped })
      .catch((error: unknown) => {
        deps.log.warn({ reason: reasonOf(error) }, 'a withdrawal could not be watched');
      })
      .finally(() => underWay.delete(watching));
    underWay.add(watching);
  });
  return {
    stop: async (): Promise<void> => {
      unsubscribe();
      stopped.abort();
      await Promise.all(underWay);
    },
  };
}

export type RevocationWatch = ReturnType<typeof watchRevocations>;

interface Round {
  readonly roundId: string;
  readonly node: string;
  readonly stopped: AbortController;
}

async function watchRound(deps: WatchContext, round: Round): Promise<void> {
  const rounds = deps.tokens.revocationRounds;
  const token = await rounds.open(round.roundId);
  if (token === null) return;
  const isRefused = (path: string) => isRefusedAt(`${deps.ownUrl}${path}`, token);
  const firstAnswers = await Promise.all(ENDPOINTS.map(isRefused));
  // A node that did not accept the token of the probe has nothing to measure.
  if (firstAnswers.some(Boolean)) return;
  await rounds.watch(round.roundId, round.node);
  const deadline = performance.now() + LONGEST_MS;
  for (const path of ENDPOINTS) {
    while (!(await isRefused(path))) {
      if (performance.now() > deadline || round.stopped.signal.aborted) return;
      await pause(BETWEEN_MS);
    }
  }
  await rounds.noteRefusal(round.roundId, round.node);
}

async function isRefusedAt(url: string, token: string): Promise<boolean> {
  const response = await fetch(url, {
    headers: { ...OWN_REQUEST, authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  return response.status === 401;
}
