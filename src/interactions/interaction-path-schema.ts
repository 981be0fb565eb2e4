import { Type } from 'typebox';

import { OpaqueIdParam } from '../http/routing/path-parameters.ts';

/** Members that all pages of one interaction share. The uid is the one that the library gave it. */
export const INTERACTION_PAGE = {
  access: 'public',
  params: Type.Object({ uid: OpaqueIdParam }),
} as const;
