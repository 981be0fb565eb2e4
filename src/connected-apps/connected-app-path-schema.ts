import { Type } from 'typebox';

import { IdentifierParam, NameParam } from '../http/routing/path-parameters.ts';

/** Path of one claim of a connected app. */
export const ConnectedItemParams = Type.Object({ clientId: IdentifierParam, claim: NameParam });
