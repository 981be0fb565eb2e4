/** A fault and the row at which it begins. */
export interface Finding {
  /** Null when it is about a checkpoint. */
  readonly accountId: string | null;
  /** The number of the row, or of the checkpoint; null when it is about the account as a whole. */
  readonly seq: number | null;
  readonly problem:
    | 'row_changed'
    | 'row_missing'
    | 'row_added'
    | 'end_changed'
    | 'chain_rewritten'
    | 'account_missing'
    | 'removal_forged'
    | 'checkpoint_missing'
    | 'checkpoint_replaced'
    | 'checkpoint_forged';
}
