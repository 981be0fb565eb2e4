import type { SessionLives } from '../../src/sessions/index.ts';

/** Every session lives this long, used or not. */
export function livesOf(seconds: number): SessionLives {
  const life = { idle: seconds, total: seconds };
  return { person: life, unremembered: life, administrator: life };
}
