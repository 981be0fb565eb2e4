/** A string of JavaScript. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A string of Python, Go, Java, YAML or JSON. */
export function doubleQuoted(text: string): string {
  return JSON.stringify(text);
}

/** A word of a POSIX shell. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
