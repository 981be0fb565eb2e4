import { type TSchema, Type } from 'typebox';

/** The same schema, or null. `options` are of both: a description of the member, for example. */
export const Nullable = <T extends TSchema>(
  schema: T,
  options: { readonly description?: string } = {},
) => Type.Union([schema, Type.Null()], options);
