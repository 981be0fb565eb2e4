import { Type } from 'typebox';

import { Nullable } from '../../http/routing/nullable.ts';
import { MomentOutput } from '../../http/routing/time-inputs.ts';
import { type ClaimDefinition, CUSTOM_KINDS } from '../claims/claim-definition.ts';
import { LocalizedText, OptionalWords, Words } from '../scope-schema.ts';
import { LONGEST_TEXT } from './custom-claim.ts';

/** A number that JSON programs read without loss (RFC 8259 §6). */
export const ExactNumber = Type.Number({
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
});
const Day = Type.String({ maxLength: 10, description: 'As `YYYY-MM-DD`.' });
const Kind = Type.Enum([...CUSTOM_KINDS], {
  description:
    '`number` and `boolean` are JSON numbers and booleans, `date` is `YYYY-MM-DD`, `url` begins with https.',
});
const IsMultiple = Type.Boolean({
  description: 'People can store several values; each app is given the one they choose for it.',
});

const Length = { minimum: 1, maximum: LONGEST_TEXT };

/** The limits of a value; members that do not belong to the type are refused. */
const RulesBody = Type.Object(
  {
    minLength: Type.Optional(Type.Integer({ ...Length, description: 'Of a text, in characters.' })),
    maxLength: Type.Optional(Type.Integer({ ...Length, description: 'Of a text, 500 at most.' })),
    pattern: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'The whole text matches it. RE2 syntax, so it is matched in linear time.',
      }),
    ),
    min: Type.Optional(ExactNumber),
    max: Type.Optional(ExactNumber),
    isWhole: Type.Optional(Type.Boolean({ description: 'Only whole numbers.' })),
    earliest: Type.Optional(Day),
    latest: Type.Optional(Day),
    choices: Type.Optional(
      Type.Array(Type.Object({ value: Type.String({ maxLength: 300 }), title: LocalizedText }), {
        maxItems: 200,
        description: 'Of a `choice`: the value that apps get, and the text that people read.',
      }),
    ),
  },
  { title: 'ClaimRules' },
);

/** One claim; public. */
export const ClaimView = Type.Object(
  {
    name: Type.String({ description: 'Its name in responses to apps.' }),
    type: Type.String({ description: 'The type of a value, such as `text` or `birthdate`.' }),
    ...Words,
    isMultiple: IsMultiple,
    isEditable: Type.Boolean({ description: 'People can add and change values themselves.' }),
    isStandard: Type.Boolean({
      description: 'Part of OpenID Connect; it cannot be changed or retired.',
    }),
    rules: RulesBody,
    retiredAt: Nullable(MomentOutput),
  },
  { title: 'Claim' },
);

const Options = { isMultiple: Type.Optional(IsMultiple), rules: Type.Optional(RulesBody) };

export const NewClaim = Type.Object({
  name: Type.String({
    maxLength: 100,
    description:
      '2 to 50 small letters, digits and underscores. The name never changes and is never reused.',
  }),
  type: Kind,
  ...Words,
  ...Options,
});

export const ClaimChanges = Type.Object({ ...OptionalWords, ...Options }, { minProperties: 1 });

/** A claim in its public form. */
export function presentClaim(definition: ClaimDefinition) {
  return { ...definition, type: definition.kind, isStandard: !definition.isCustom };
}
