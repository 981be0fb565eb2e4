/** The check of one part of an installation. */
export interface Check {
  readonly name: string;
  /** @returns the finding. @throws Error with a message of one line: the fault and its remedy. */
  try(): Promise<Finding>;
}

export interface Finding {
  readonly text: string;
  /** A finding that is no fault: the observation and a recommendation. */
  readonly notes?: readonly string[];
}

/** A fault and its remedy. */
export class Wrong extends Error {
  constructor(cause: string, cure: string) {
    super(`${cause}: ${cure}`);
    this.name = 'Wrong';
  }
}
