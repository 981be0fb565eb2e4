import type { TObject } from 'typebox';

import { keywordsOf } from '../routing/schema-copy.ts';

type Node = Readonly<Record<string, unknown>>;

/**
 * Checks that a schema bounds everything that a caller can send: the length of each text and list, the range of each number,
 * the number of members of each map. Free JSON names its bound in `$comment`.
 * @throws Error that names the route and the member.
 */
export function requireBounded(place: string, schema: TObject | undefined): void {
  if (schema === undefined) return;
  const [unbounded] = unboundedIn(keywordsOf(schema), '');
  if (unbounded !== undefined) throw new Error(`${place}: ${unbounded} has no bound`);
}

function unboundedIn(node: Node, name: string): string[] {
  const variants = (node['anyOf'] ?? node['oneOf']) as readonly Node[] | undefined;
  if (variants !== undefined) return variants.flatMap((variant) => unboundedIn(variant, name));
  if ('enum' in node || 'const' in node) return [];
  const types = [node['type'] ?? 'anything'].flat() as string[];
  return types.flatMap((type) => CHECKS[type]?.(node, name) ?? []);
}

const CHECKS: Readonly<Record<string, (node: Node, name: string) => string[]>> = {
  string: (node, name) =>
    ['maxLength', 'pattern', 'format'].some((keyword) => keyword in node) ? [] : [name],
  integer: numberCheck,
  number: numberCheck,
  array: (node, name) => [
    ...('maxItems' in node ? [] : [name]),
    ...unboundedIn(node['items'] as Node, `${name}[]`),
  ],
  object: (node, name) => {
    const members = Object.entries((node['properties'] ?? {}) as Record<string, Node>);
    const patterns = Object.entries((node['patternProperties'] ?? {}) as Record<string, Node>);
    return [
      ...(patterns.length > 0 && !('maxProperties' in node) ? [name] : []),
      ...[...members, ...patterns].flatMap(([member, inner]) =>
        unboundedIn(inner, name === '' ? member : `${name}.${member}`),
      ),
    ];
  },
  // The compiler of schemas refuses `allOf` and similar keywords with its own message.
  anything: (node, name) => ('$comment' in node || 'allOf' in node ? [] : [name]),
};

function numberCheck(node: Node, name: string): string[] {
  return 'minimum' in node && 'maximum' in node ? [] : [name];
}
