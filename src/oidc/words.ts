/** The words of a space-delimited parameter such as `scope` (RFC 6749 §3.3), each once. */
export function words(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(' ').filter((word) => word !== ''))];
}
