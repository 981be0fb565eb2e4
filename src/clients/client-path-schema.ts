import { Type } from 'typebox';

import { IdentifierParam, UuidParam } from '../http/routing/path-parameters.ts';

/** Path of one app. */
export const ClientParams = Type.Object({ clientId: IdentifierParam });

/** Path of one secret of an app. */
export const ClientSecretParams = Type.Object({ clientId: IdentifierParam, secretId: UuidParam });
