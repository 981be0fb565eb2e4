import { Type, type TObject, type TSchema } from 'typebox';

/** A UUID in its usual text form (RFC 9562 §4). */
export const UuidParam = Type.String({ format: 'uuid' });

/** An opaque identifier in the base64url alphabet (RFC 4648 §5), such as the uid of an interaction. */
export const OpaqueIdParam = Type.String({ pattern: '^[A-Za-z0-9_-]{1,200}$' });

/** An identifier that needs no encoding in an address (RFC 3986 §2.3), such as a `client_id`; it does not begin with a dot. */
export const IdentifierParam = Type.String({ pattern: '^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,199}$' });

/** A name of small letters, digits and underscores, such as the name of a claim. */
export const NameParam = Type.String({ pattern: '^[a-z][a-z0-9_]{0,99}$' });

/** Any text of one line. Check it before using it in an address or a key. */
export const TextParam = Type.String({ pattern: String.raw`^[^\p{Cc}\p{Cs}]{1,200}$` });

const NAMES = /\{(\w+)\}/g;
const LIMITED_BY = ['pattern', 'format', 'enum', 'const', 'maximum'];

/** The names between braces in a path template, in their order. */
function namesInPath(path: string): readonly string[] {
  return [...path.matchAll(NAMES)].map(([, name = '']) => name);
}

/**
 * Checks that each parameter of a path template has a type of its own: a pattern, a format, a list of values or a range.
 * So no handler receives a path parameter with characters that change an address or that a database refuses.
 * @throws Error that names the route and the parameter.
 */
export function requireTypedPath(path: string, params: TObject | undefined): void {
  const names = new Set(namesInPath(path));
  const schemas: Record<string, TSchema> = params?.properties ?? {};
  for (const name of names) {
    const schema = schemas[name];
    if (schema === undefined || !LIMITED_BY.some((keyword) => keyword in schema)) {
      throw new Error(`the path parameter {${name}} of ${path} has no type of its own`);
    }
  }
  const unused = Object.keys(schemas).find((name) => !names.has(name));
  if (unused !== undefined) throw new Error(`${path} has no parameter {${unused}}`);
}
