import type { AuthenticationContext } from './context.ts';

/** Requests of one network (and account) that are allowed in a period of so many seconds. */
const LIMITS = {
  'sign-in': [60, 60],
  'sign-in-device': [30, 900],
  register: [30, 600],
  'sign-in-code': [30, 600],
  'resend-code': [30, 600],
  'password-reset': [30, 600],
  'attribute-code': [30, 600],
  code: [60, 600],
  'second-step': [60, 600],
  passkey: [60, 600],
  link: [60, 600],
  // Text messages cost money. Messages to one number are counted with the other messages to it, see `limit-messages.ts`.
  sms: [10, 3_600],
} as const;

/** @throws AppError `rate_limited`. */
export async function limitRequests(
  { rateLimiter }: AuthenticationContext,
  name: keyof typeof LIMITS,
  key: string | readonly string[],
): Promise<void> {
  const [points, perSeconds] = LIMITS[name];
  await rateLimiter.consume({ name, key, points, perSeconds });
}
