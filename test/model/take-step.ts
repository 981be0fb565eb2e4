import type { Step } from './step.ts';
import { read, refresh, spy } from './app-steps.ts';
import { signInAt, change, withdraw, removeValue, signOutEverywhere } from './person-steps.ts';
import { register, block } from './developer-steps.ts';
import { addValue, type World } from './world.ts';

/**
 * Runs one step at the server and in the model.
 * @throws Error when the result of the server is not permitted by the model.
 */
export async function takeStep(world: World, step: Step): Promise<void> {
  world.steps += 1;
  switch (step.kind) {
    case 'authorize':
      return signInAt(world, step);
    case 'read':
      return read(world, step);
    case 'refresh':
      return refresh(world, step);
    case 'spy':
      return spy(world, step);
    case 'change':
      return change(world, step);
    case 'withdraw':
      return withdraw(world, step);
    case 'add value':
      return addValue(world.connected, world.people, { index: step.person, claim: step.claim });
    case 'remove value':
      return removeValue(world, step);
    case 'sign out everywhere':
      return signOutEverywhere(world, step);
    case 'register':
      return register(world, step);
    case 'block':
      return block(world, step);
    case 'wait':
      return world.advance?.(step.days * 86_400);
  }
}
