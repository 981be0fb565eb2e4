/** A recognised account and the methods of its proof. */
export interface Proof {
  readonly accountId: string;
  /** RFC 8176. */
  readonly amr: readonly string[];
  /**
   * The account's generation of proofs when this proof began. After a change of the generation the proof is not valid.
   */
  readonly generation: number;
}
