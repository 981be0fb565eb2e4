/** One part of an installation that is tried. */
export interface Check {
  readonly name: string;
  /** @returns what was found. @throws Error whose message holds what is wrong and what mends it, in one line. */
  try(): Promise<Finding>;
}

export interface Finding {
  readonly text: string;
  /** Not wrong, but worth a line: what and what to do about it. */
  readonly notes?: readonly string[];
}

/** What is wrong, with what mends it. */
export class Wrong extends Error {
  constructor(cause: string, cure: string) {
    super(`${cause}: ${cure}`);
    this.name = 'Wrong';
  }
}
