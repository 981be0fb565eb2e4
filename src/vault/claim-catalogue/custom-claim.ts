/** A claim of this installation. Its store imports the type from here, because stores import no other slice. */
export type { CustomClaim } from '../../scopes/index.ts';
