import type { TObject, TSchema } from 'typebox';

type Node = Record<string, unknown>;

const UNSUPPORTED = ['allOf', '$ref', '$defs', 'not', 'if'];

/**
 * A copy in which every object refuses undeclared members, unless its schema allows them.
 * @throws Error for keywords under which "declared" has no clear meaning (`Type.Intersect`, references): compose objects instead.
 */
export function strictCopy(schema: TObject): TObject {
  return walk(schema as unknown as Node) as unknown as TObject;
}

/** The keywords of a schema as plain data. */
export function keywordsOf(schema: TSchema): Node {
  return schema as unknown as Node;
}

function walk(node: Node): Node {
  for (const keyword of UNSUPPORTED) {
    if (keyword in node)
      throw new Error(`the keyword ${keyword} is not supported in a route's schema`);
  }
  const copy: Node = { ...node };
  if (isNode(node['properties'])) {
    copy['properties'] = mapValues(node['properties']);
    copy['additionalProperties'] ??= false;
  }
  if (isNode(node['items'])) copy['items'] = walk(node['items']);
  if (isNode(node['patternProperties']))
    copy['patternProperties'] = mapValues(node['patternProperties']);
  for (const keyword of ['anyOf', 'oneOf']) {
    const variants = node[keyword];
    if (Array.isArray(variants)) copy[keyword] = variants.map((variant) => walk(variant as Node));
  }
  return copy;
}

function mapValues(nodes: Node): Node {
  return Object.fromEntries(
    Object.entries(nodes).map(([name, node]) => [name, walk(node as Node)]),
  );
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
