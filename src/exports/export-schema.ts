import { Type, type Static } from 'typebox';

import type { AccountExport } from './export.ts';

const moment = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);

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
    requestedAt: Type.String({ format: 'date-time' }),
    readyAt: moment,
    expiresAt: moment,
    downloadedAt: moment,
  },
  { title: 'Export' },
);

/** An export as its owner reads it. */
export function presentExport(made: AccountExport): Static<typeof ExportView> {
  const { id, status, stepsDone, stepsTotal, bytes } = made;
  return {
    id,
    status,
    stepsDone,
    stepsTotal,
    bytes,
    requestedAt: made.requestedAt.toISOString(),
    readyAt: made.readyAt?.toISOString() ?? null,
    expiresAt: made.expiresAt?.toISOString() ?? null,
    downloadedAt: made.downloadedAt?.toISOString() ?? null,
  };
}
