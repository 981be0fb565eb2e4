import { Type } from 'typebox';

import { Nullable } from '../http/routing/nullable.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';

const moment = Nullable(MomentOutput);

/** An export in the account API. */
export const ExportView = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    status: Type.String({
      description: '`waiting`, `running`, `ready`, `failed`, `downloaded` or `expired`.',
    }),
    stepsDone: Type.Integer({ description: 'Number of finished steps.' }),
    stepsTotal: Type.Integer(),
    bytes: Nullable(Type.Integer(), { description: 'Size of the ZIP file.' }),
    requestedAt: MomentOutput,
    readyAt: moment,
    expiresAt: moment,
    downloadedAt: moment,
  },
  { title: 'Export' },
);
