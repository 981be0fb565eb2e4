import { Type } from 'typebox';

import { MomentOutput } from '../http/routing/time-inputs.ts';

const moment = Type.Union([MomentOutput, Type.Null()]);

/** An export in the account API. */
export const ExportView = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    status: Type.String({
      description: '`waiting`, `running`, `ready`, `failed`, `downloaded` or `expired`.',
    }),
    stepsDone: Type.Integer({ description: 'Number of finished steps.' }),
    stepsTotal: Type.Integer(),
    bytes: Type.Union([Type.Integer(), Type.Null()], { description: 'Size of the ZIP file.' }),
    requestedAt: MomentOutput,
    readyAt: moment,
    expiresAt: moment,
    downloadedAt: moment,
  },
  { title: 'Export' },
);
