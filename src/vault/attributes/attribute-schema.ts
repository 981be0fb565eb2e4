import { Type, type Static } from 'typebox';

import { Nullable } from '../../http/routing/nullable.ts';
import { MomentOutput } from '../../http/routing/time-inputs.ts';
import { ExactNumber } from '../../scopes/http.ts';
import { AVATAR_CLAIM } from '../avatars/avatar.ts';
import { avatarHref } from '../avatars/avatar-schema.ts';
import type { AddressValue, Attribute, AttributeValue } from './attribute.ts';

const Line = Type.Optional(Type.String({ maxLength: 500 }));

/** A postal address (OpenID Connect Core 1.0 §5.1.1). */
const AddressBody = Type.Object(
  {
    formatted: Line,
    street_address: Line,
    locality: Line,
    region: Line,
    postal_code: Line,
    country: Line,
  },
  { title: 'Address', minProperties: 1 },
);

/** A value in requests and responses. */
export const ValueBody = Type.Union(
  [Type.String({ maxLength: 1_000 }), AddressBody, ExactNumber, Type.Boolean()],
  {
    description:
      'Text; an object for `address`; a number or a boolean for details of that type that an administrator defined.',
  },
);

/** One value as its owner sees it. */
export const AttributeView = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    claim: Type.String({ description: 'Name of the claim, as in OpenID Connect: `email`.' }),
    label: Nullable(Type.String()),
    value: ValueBody,
    isVerified: Type.Boolean(),
    isDefault: Type.Boolean(),
    verifiedAt: Nullable(MomentOutput),
    createdAt: MomentOutput,
    updatedAt: MomentOutput,
  },
  { title: 'Attribute' },
);

/** Presents a value to its owner. */
export function presentAttribute(attribute: Attribute) {
  return { ...attribute, value: shownValue(attribute) };
}

/** The address of a picture for its owner. */
function shownValue({ id, claim, value }: Attribute): Static<typeof ValueBody> {
  if (claim === AVATAR_CLAIM) return avatarHref(id, 512);
  return typeof value === 'object' ? { ...value } : value;
}

/** The value of a body, without members that were not sent. */
export function valueOf(body: Static<typeof ValueBody>): AttributeValue {
  if (typeof body !== 'object') return body;
  const present = Object.entries(body).filter(([, text]) => text !== undefined);
  const address: AddressValue = Object.fromEntries(present);
  return address;
}
