/** A claim of this installation, as the catalogue of `scopes/` defines it. */
export type { CustomClaim } from '../../scopes/index.ts';
