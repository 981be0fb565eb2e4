/** A column of ciphertext: the kind of key that sealed it, and the context that each row is bound to. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /**
   * The kind of key that opens it: a master key, a leaf of the key tree, a transient key, or the data key of the
   * account.
   */
  readonly sealedBy: 'master' | 'leaf' | 'transient' | 'account';
  /** The primary key if it is one column: a rotation of the master key reads the table in its order. */
  readonly key?: { readonly column: string; readonly type: 'uuid' | 'text' | 'int4' };
  /** The context that opens a row of the table; columns have names in camel case. */
  readonly contextOf: (row: Readonly<Record<string, unknown>>) => string;
}
