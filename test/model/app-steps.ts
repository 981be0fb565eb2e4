import { setTimeout as pause } from 'node:timers/promises';
import type { Step, Channel } from './step.ts';
import {
  type Held,
  LEDGER_CHANNEL,
  pickHeld,
  expected,
  problemWith,
  missingFrom,
  noteRelease,
  problemWithIdToken,
} from './held.ts';
import { callsOf, type World } from './world.ts';

export async function read(world: World, step: Extract<Step, { kind: 'read' }>): Promise<void> {
  const held = pickHeld(world, step.pick);
  const token = held?.holding.accessTokens.at(step.pick % 3 === 0 ? 0 : -1);
  if (held === undefined || token === undefined) return;
  const calls = callsOf(world, held.app, step.node);
  const deadline = performance.now() + world.toleranceMs;
  for (;;) {
    const known = expected(world, held);
    const answer = await calls[step.channel](token);
    const body = answer.isRefused ? {} : valuesIn(answer.body, step.channel);
    if (!answer.isRefused)
      noteRelease(world, held, { channel: LEDGER_CHANNEL[step.channel], body });
    const late = answer.isRefused && !known.mayRefuse ? 'refused, and it was allowed' : null;
    const problem =
      problemWith(body, known) ??
      (step.channel === 'introspect' ? null : (late ?? missingFrom(body, known)));
    if (problem === null) return;
    // Another node may be notified of a change up to a second later.
    if (performance.now() >= deadline) throw new Error(`${step.channel}: ${problem}`);
    await pause(20);
  }
}

/** The account API has the values in a member of their own. */
function valuesIn(
  body: Readonly<Record<string, unknown>>,
  channel: Channel,
): Readonly<Record<string, unknown>> {
  return channel === 'profile' ? (body['claims'] as Record<string, unknown>) : body;
}

export async function refresh(
  world: World,
  step: Extract<Step, { kind: 'refresh' }>,
): Promise<void> {
  const held = pickHeld(world, step.pick);
  if (held === undefined || held.holding.refreshToken === null) return;
  await refreshInTime(world, held, step.node);
}

/** Refreshes until the answer fits the model, at most for the time in which the node may still have an older copy. */
export async function refreshInTime(world: World, held: Held, node: number): Promise<void> {
  const known = expected(world, held);
  const deadline = performance.now() + world.toleranceMs;
  for (;;) {
    const answer = await callsOf(world, held.app, node).refresh(held.holding.refreshToken ?? '');
    if (answer.isRefused) {
      if (!known.mayRefuse) throw new Error('refresh: refused, and it was allowed');
      return;
    }
    const { access_token: access, refresh_token: next, id_token: idToken } = answer.body;
    held.holding.refreshToken = String(next);
    const wrongIdToken =
      typeof idToken === 'string' ? problemWithIdToken(world, held, idToken) : null;
    const problem = known.isOver ? 'allowed, and it had ended' : wrongIdToken;
    if (problem === null) {
      held.holding.accessTokens.push(String(access));
      return;
    }
    if (performance.now() >= deadline) throw new Error(`refresh: ${problem}`);
    await pause(20);
  }
}

/** Another app, or an app with the token of another person, receives no value. */
export async function spy(world: World, step: Extract<Step, { kind: 'spy' }>): Promise<void> {
  const held = pickHeld(world, step.pick);
  const token = held?.holding.accessTokens.at(-1);
  if (held === undefined || token === undefined) return;
  const other = (held.app + 1) % world.apps.length;
  if (world.apps[other]?.isBlocked === true) return;
  const calls = callsOf(world, other, step.node);
  const told = await calls.introspect(token);
  if (!told.isRefused) throw new Error('another app was told about a token');
  if (held.holding.refreshToken === null) return;
  const refreshed = await calls.refresh(held.holding.refreshToken);
  if (!refreshed.isRefused) throw new Error('another app used a refresh token');
}
