/**
 * Keeps bytes that are too big for a row, in Postgres or in a bucket. It holds ciphertext only: callers seal the bytes first.
 *
 * Names are `folder/.../name` of `[A-Za-z0-9_-]` parts. Changes are not part of a transaction: write the bytes before the
 * row that names them, and remove them after it is gone.
 */
export interface BlobStore {
  /**
   * Replaces existing content. Resolves when the content is durable.
   * @throws AppError `blobs_unavailable`, `database_unavailable`.
   */
  put(name: string, content: Buffer): Promise<void>;
  /** Null when there is nothing. @throws as `put`. */
  get(name: string): Promise<Buffer | null>;
  /**
   * Removes everything in a folder and below; a missing folder is not an error. `folder` has no slash at the end.
   * @throws as `put`.
   */
  removeFolder(folder: string): Promise<void>;
}

const NAME = /^[\w-]+(?:\/[\w-]+)*$/;

/** @throws Error for a name that could be read as another path. */
export function requireBlobName(name: string): string {
  if (!NAME.test(name)) throw new Error('not a name of a blob');
  return name;
}
