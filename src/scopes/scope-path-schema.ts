import { Type } from 'typebox';

/** Path of one scope: a scope-token (RFC 6749 §3.3). */
export const ScopeParams = Type.Object({
  name: Type.String({ pattern: String.raw`^[\x21\x23-\x5B\x5D-\x7E]{1,100}$` }),
});

/** Path of one API: a resource indicator in printable ASCII, percent-encoded in the address (RFC 8707 §2). */
export const ResourceServerParams = Type.Object({
  identifier: Type.String({ pattern: String.raw`^[\x21\x24-\x7E]{1,200}$` }),
});
