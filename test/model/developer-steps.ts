import type { Step } from './step.ts';
import { relationOf, endAll } from './held.ts';
import { requestsOf, type World } from './world.ts';

/** The developer changes the request: another purpose, another necessity, a shorter duration, or no request. */
export async function register(
  world: World,
  step: Extract<Step, { kind: 'register' }>,
): Promise<void> {
  const known = world.apps[step.app];
  if (known === undefined || known.isBlocked) return;
  const requests = new Map(known.requests);
  const before = requests.get(step.claim) ?? { isEssential: false, longest: 'until_withdrawn' };
  if (step.how >= 4 && requests.size > 1) requests.delete(step.claim);
  else if (step.how === 1)
    requests.set(step.claim, { ...before, isEssential: !before.isEssential });
  else if (step.how === 2) requests.set(step.claim, { ...before, longest: '30_days' });
  else requests.set(step.claim, { ...before, longest: 'until_withdrawn' });
  const purposes = new Map(step.how === 3 ? [[step.claim, 'Another purpose']] : []);
  await world.connected.clients.setRequests({
    clientId: known.app.clientId,
    manager: { accountId: world.people[0]?.person.accountId ?? '', isAdministrator: false },
    requests: requestsOf(requests, purposes),
  });
  known.requests = requests;
  if (!requests.has(step.claim)) giveUp(world, step);
}

/** Earlier decisions apply to the earlier request. */
function giveUp(world: World, step: Extract<Step, { kind: 'register' }>): void {
  for (const person of world.people.keys()) {
    const answer = relationOf(world, { person, app: step.app }).consent?.get(step.claim);
    if (answer !== undefined) answer.isGivenUp = true;
  }
}

export async function block(world: World, { app: index }: { readonly app: number }): Promise<void> {
  const known = world.apps[index];
  if (known === undefined) return;
  await world.connected.clients.setStatus({
    clientId: known.app.clientId,
    status: known.isBlocked ? 'active' : 'suspended',
    manager: { accountId: world.people[0]?.person.accountId ?? '', isAdministrator: true },
  });
  known.isBlocked = !known.isBlocked;
  for (const personIndex of world.people.keys()) {
    endAll(relationOf(world, { person: personIndex, app: index }));
  }
}
