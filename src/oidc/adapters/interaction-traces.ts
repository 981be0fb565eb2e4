import type { Clock } from '../../platform/clock.ts';
import type { Sealer } from '../../platform/keys/encryption.ts';
import { currentRequest } from '../../platform/request-context.ts';
import { createSealedCookies, type CookiePlace } from '../../platform/keys/sealed-cookies.ts';

/** The record of an ended interaction, which its browser keeps. */
interface InteractionTrace {
  readonly clientId: string;
  /**
   * The query of the authorization request, with which it can begin again; absent when it was pushed, is too large, or is in the
   * trace of the next interaction.
   */
  readonly query?: string;
  /** The person has answered; otherwise it has expired. */
  readonly isAnswered: boolean;
  /** The interaction that continued the request. */
  readonly nextUid?: string;
}

interface BegunInteraction {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly parJti?: string | undefined;
}

const DAY_SECONDS = 86_400;
const LONGEST_QUERY = 1_900;
const ENDED = 'interaction that ended in this request';

/**
 * A small sealed cookie for the pages of each interaction, which lasts for a day. With it a page of an interaction that has
 * ended leads on: to the next page of the same request, to a new attempt, or back to the app.
 */
export function createInteractionTraces(deps: {
  readonly transientSealer: Sealer;
  readonly clock: Clock;
}) {
  const cookies = createSealedCookies(deps);
  const write = (uid: string, trace: InteractionTrace): void => {
    cookies.write(place(uid), trace, DAY_SECONDS);
  };

  return {
    begin(uid: string, interaction: BegunInteraction): void {
      const trace = traceOf(interaction);
      if (trace === null) return;
      write(uid, trace);
      const ended = currentRequest()?.memo.get(ENDED) as EndedInteraction | undefined;
      if (ended === undefined) return;
      const { clientId, isAnswered } = ended.trace;
      write(ended.uid, { clientId, isAnswered, nextUid: uid });
    },
    end(uid: string, interaction: BegunInteraction | undefined): void {
      const begun = interaction === undefined ? null : traceOf(interaction);
      if (begun === null) return;
      const trace = { ...begun, isAnswered: true };
      write(uid, trace);
      currentRequest()?.memo.set(ENDED, { uid, trace } satisfies EndedInteraction);
    },
    find: (uid: string): InteractionTrace | null =>
      (cookies.read(place(uid)) as InteractionTrace | undefined) ?? null,
  };
}

export type InteractionTraces = ReturnType<typeof createInteractionTraces>;

interface EndedInteraction {
  readonly uid: string;
  readonly trace: InteractionTrace;
}

function place(uid: string): CookiePlace {
  return { name: 'interaction-trace', path: `/interaction/${uid}`, id: uid };
}

function traceOf({ params = {}, parJti }: BegunInteraction): InteractionTrace | null {
  const { client_id: clientId } = params;
  if (typeof clientId !== 'string') return null;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of [value].flat()) {
      if (typeof one === 'string' || typeof one === 'number') query.append(name, String(one));
    }
  }
  const text = query.toString();
  const canBeginAgain = parJti === undefined && text.length <= LONGEST_QUERY;
  return { clientId, isAnswered: false, ...(canBeginAgain && { query: text }) };
}
