import { Type } from 'typebox';

import { Nullable } from '../http/routing/nullable.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';
import type { ReceiptVerdict } from './verify-receipt.ts';

/** A deletion that has been made. */
export const DeletionView = Type.Object(
  {
    purgeAt: Type.Unsafe<Date>({
      ...MomentOutput,
      description: 'Until then the account can be restored; then it is destroyed.',
    }),
    reference: Type.String({
      format: 'uuid',
      description: 'Names this deletion in the mail and in the signed receipt.',
    }),
  },
  { title: 'AccountDeletion' },
);

/** The consequences of a deletion. */
export const DeletionPreviewView = Type.Object(
  {
    purgeAt: MomentOutput,
    isRestorable: Type.Boolean({ description: 'False: the account cannot be restored.' }),
    connectedApps: Type.Array(Type.String(), {
      description: 'Names of the apps that lose access.',
    }),
    ownedApps: Type.Array(Type.String(), {
      description: 'Names of your own apps, which stop when the account is destroyed.',
    }),
  },
  { title: 'AccountDeletionPreview' },
);

const Count = Type.Integer({ minimum: 0 });

/** The result of checking a receipt. */
export const VerdictView = Type.Object(
  {
    isValid: Type.Boolean({ description: 'Signed by this server and unchanged.' }),
    isKnown: Type.Optional(
      Type.Boolean({ description: 'Whether the server still stores its own copy.' }),
    ),
    receipt: Type.Optional(
      Type.Object({
        issuer: Type.String(),
        reference: Type.String(),
        deletedAt: MomentOutput,
        deletedBy: Type.Enum(['person', 'administrator']),
        destroyedAt: MomentOutput,
        destroyed: Type.Object({
          values: Count,
          identifiers: Count,
          decisions: Count,
          sessions: Count,
          key: Nullable(
            Type.Object({
              sha256: Type.String({ description: 'Of the wrapped data key, in hexadecimal.' }),
              masterKeyVersion: Type.Integer(),
            }),
          ),
        }),
      }),
    ),
  },
  { title: 'DeletionReceiptVerdict' },
);

/** Presents the content of a receipt. */
export function presentVerdict(verdict: ReceiptVerdict) {
  if (!verdict.isValid) return { isValid: false };
  const { iss, jti, iat, deleted_at: deletedAt, deleted_by: deletedBy } = verdict.receipt;
  const { key, ledger: _all, ...counts } = verdict.receipt.destroyed;
  return {
    isValid: true,
    isKnown: verdict.isKnown,
    receipt: {
      issuer: iss,
      reference: jti,
      deletedAt: new Date(deletedAt * 1000),
      deletedBy,
      destroyedAt: new Date(iat * 1000),
      destroyed: {
        ...counts,
        key: key === null ? null : { sha256: key.sha256, masterKeyVersion: key.master_key_version },
      },
    },
  };
}
