/** True for text that PostgreSQL can hold: no NUL character and no lone surrogate. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/**
 * True when each text in a JSON value, names of members included, is storable, and each number is finite: JSON.parse reads
 * `1e309` as Infinity. Depth does not matter.
 */
export function isStorableValue(value: unknown): boolean {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next === 'string' && !isStorableText(next)) return false;
    if (typeof next === 'number' && !Number.isFinite(next)) return false;
    if (typeof next !== 'object' || next === null) continue;
    for (const [name, member] of Object.entries(next)) {
      if (!isStorableText(name)) return false;
      pending.push(member);
    }
  }
  return true;
}
