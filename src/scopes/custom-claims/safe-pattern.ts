import { createRequire } from 'node:module';

import type { RE2JS } from 're2js';

const require = createRequire(import.meta.url);

const LONGEST_PATTERN = 200;
const REMEMBERED = 500;
const compiled = new Map<string, RE2JS>();

/** Is this a pattern that texts can be matched against in linear time: RE2 syntax, at most 200 characters? */
export function isSafePattern(pattern: string): boolean {
  return pattern.length <= LONGEST_PATTERN && tryCompile(pattern) !== null;
}

/** Does the whole text match the pattern? No text matches an invalid pattern. */
export function matchesPattern(pattern: string, text: string): boolean {
  return (compiled.get(pattern) ?? remember(pattern))?.matches(text) ?? false;
}

function remember(pattern: string): RE2JS | null {
  const made = tryCompile(pattern);
  if (made === null) return null;
  if (compiled.size >= REMEMBERED) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

function tryCompile(pattern: string): RE2JS | null {
  try {
    // Loaded at the first pattern: its tables of Unicode take some megabytes.
    return (require('re2js') as { RE2JS: typeof RE2JS }).RE2JS.compile(pattern);
  } catch {
    return null;
  }
}
