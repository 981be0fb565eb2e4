/** A recognised account and the methods of its proof. */
export interface Proof {
  readonly accountId: string;
  /** RFC 8176. */
  readonly amr: readonly string[];
  /** The account's generation of proofs when this one began: once that has moved, the proof counts for nothing. */
  readonly generation: number;
}
