import { Type } from 'typebox';

import { OpaqueIdParam } from '../http/routing/path-parameters.ts';

/** Path of one interaction: the uid that the library gave it. */
export const InteractionParams = Type.Object({ uid: OpaqueIdParam });
