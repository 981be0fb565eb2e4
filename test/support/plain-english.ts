/** Words that make readers stop, with the words to use instead. Each was found in this project more than five times. */
const FORBIDDEN: readonly (readonly [words: RegExp, instead: string])[] = [
  [
    /\b(?:whoever|nobody|no one|somebody|someone|anybody|anyone|everybody|everyone)\b/i,
    'the role: person, app, developer, operator, node',
  ],
  [/\b(?:says?|said|tells?|told|hears?|heard)\b/i, 'returns, reports, states, receives'],
  [/\b(?:asks?|asked|asking)\b/i, 'requests, prompts, queries'],
  [/\banew\b/i, 'again'],
  [/\b(?:goes|go|going|went|gone) on\b/i, 'continues'],
  [/\b(?:dies|died|dead)\b/i, 'is no longer valid, has ended'],
  [/\b(?:runs?|ran|running) out\b/i, 'expires'],
  [/\b(?:hands?|handed|handing) (?:out|back|over)\b/i, 'returns, releases, passes'],
  [/\b(?:takes?|took|taken|taking)(?: \w+){0,2} back\b/i, 'undoes, rolls back, restores'],
  [/\b(?:gives?|gave|given|giving)(?: \w+){0,2} back\b/i, 'relinquishes, returns, restores'],
  [/\b(?:is|are|was|were) away\b/i, 'is unavailable'],
  [/\b(?:lies|lay|lain) unused\b/i, 'is not used'],
  [/\b(?:spends?|spent)\b/i, 'uses up'],
  [/\bdoors?\b/i, 'the module or function'],
];

/** Comments of a source text in TypeScript or JavaScript. */
export function commentsOf(source: string): readonly string[] {
  const found = source.matchAll(/^\s*\/\*[\s\S]*?\*\/|(?:^|[;{},)]\s)\s*\/\/ .*$/gm);
  return [...found].map(([text]) => text.replaceAll(/\s*\n\s*(?:\*(?!\/)|\/\/)?\s*/g, ' '));
}

/** Titles of the tests and suites in a source text. */
export function titlesOf(source: string): readonly string[] {
  const found = source.matchAll(/\b(?:it|describe)\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g);
  return [...found].map(([, , title]) => title ?? '');
}

/** Each forbidden word in a text, with its context. Code and quoted texts are not checked. */
export function riddlesIn(text: string): readonly string[] {
  const prose = text
    .replaceAll(/```[\s\S]*?```|`[^`\n]*`|\{@link[^}]*\}|\]\([^)]*\)|\$\{[^}]*\}/g, ' ')
    .replaceAll(/"[^"\n]*"|“[^”]*”|<[^<>\s]*>/g, ' ');
  return FORBIDDEN.flatMap(([words, instead]) => {
    const match = words.exec(prose);
    if (match === null) return [];
    const context = prose.slice(Math.max(0, match.index - 40), match.index + 40).trim();
    return [`"${match[0]}" in "${context}": write ${instead}`];
  });
}
