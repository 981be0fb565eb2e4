import { Type } from 'typebox';

import { NameParam } from '../../http/routing/path-parameters.ts';

/** Path of one claim. */
export const ClaimParams = Type.Object({ name: NameParam });
