import { AppError } from '../../platform/app-error.ts';
import { normalizeEmail, normalizePhone, parseIdentifier } from '../../vault/index.ts';
import type { AuthenticationContext } from '../context.ts';
import type { Address } from './proof-code.ts';

/**
 * The address a code would be sent to. A username is refused without a look-up, because it is not an address and its
 * owner must not be revealed.
 * @throws AppError `email_invalid`, `phone_number_invalid` (field `identifier`).
 */
export function addressOf({ sms }: AuthenticationContext, text: string): Address {
  const { kind, value } = parseIdentifier(text);
  if (kind === 'email' && normalizeEmail(value) !== null) return { kind, value };
  const phone = kind === 'phone_number' && sms.isOn ? normalizePhone(value) : null;
  if (phone !== null) return { kind: 'phone_number', value: phone };
  const code = kind === 'phone_number' && sms.isOn ? 'phone_number_invalid' : 'email_invalid';
  throw new AppError('invalid', code, { fields: { identifier: code } });
}
