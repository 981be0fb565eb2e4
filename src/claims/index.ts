/** claims: the one door for personal data. Nothing else hands a person's values to an app. */
export { createClaims, type Claims, type ClaimsDeps, type TokenRead } from './create-claims.ts';
export type { ReleaseInput, ReleaseClaims } from './release-claims.ts';
export type { PreviewInput } from './preview-release.ts';
