import { type TSchema, Type } from 'typebox';

/** Other members are not allowed. */
export const STRICT = { additionalProperties: false } as const;
/** The value, or null. */
export const Maybe = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/** The same schema with a description. */
export const about = <T extends TSchema>(schema: T, description: string) => ({
  ...schema,
  description,
});
/** A time in ISO 8601, UTC. */
export const Moment = Type.String({ format: 'date-time' });
/** A UUID. */
export const Id = Type.String({ format: 'uuid' });
/** Any text. */
export const Text = Type.String();
/** A list of texts. */
export const Texts = Type.Array(Text);
/** How an app is named in the archive. */
export const AppName = about(Text, 'The name of the app; its id when it no longer exists.');
/** A text in several languages. */
export const Localized = about(Type.Record(Text, Text), 'Language tag -> text.');
/** The number of a row. */
export const Row = about(Text, 'Grows with time; a 64-bit number as text.');
