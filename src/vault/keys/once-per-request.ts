import { currentRequest } from '../../platform/request-context.ts';

interface Opened {
  readonly sealed: Buffer;
  readonly content: unknown;
}

/**
 * Opens a ciphertext once per request: the content stays in the memo of the request, under its context, while the
 * ciphertext is the same. Outside of a request no content is stored.
 */
export function oncePerRequest<T>(context: string, sealed: Buffer, open: () => T): T {
  const memo = currentRequest()?.memo;
  const known = memo?.get(context) as Opened | undefined;
  if (known?.sealed.equals(sealed) === true) return known.content as T;
  const content = open();
  memo?.set(context, { sealed, content } satisfies Opened);
  return content;
}
