import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5';

/** One element as a browser parses it. */
export interface SeenElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The whole text inside. */
  readonly text: string;
  /** Its text cannot change the direction of surrounding text: the element or an ancestor is a `bdi` or has `dir=auto`. */
  readonly isIsolated: boolean;
}

/** Every element of a page in document order, by the parsing rules of HTML. */
export function seeElements(html: string): readonly SeenElement[] {
  const found: SeenElement[] = [];
  const walk = (node: Tree.Node, isInside: boolean): string => {
    if (node.nodeName === '#text') return (node as Tree.TextNode).value;
    if (!('childNodes' in node)) return '';
    const isElement = 'tagName' in node;
    const attributes = isElement
      ? Object.fromEntries(node.attrs.map(({ name, value }) => [name, value]))
      : {};
    const isIsolated =
      isInside || (isElement && (node.tagName === 'bdi' || attributes['dir'] === 'auto'));
    const place = found.length;
    const text = node.childNodes.map((child) => walk(child, isIsolated)).join('');
    if (isElement) found.splice(place, 0, { tag: node.tagName, attributes, text, isIsolated });
    return text;
  };
  walk(parse(html), false);
  return found;
}

const NEVER = new Set([
  'iframe',
  'object',
  'embed',
  'base',
  'frame',
  'plaintext',
  'math',
  'template',
]);
const LINKS = new Set(['href', 'src', 'action', 'formaction', 'data', 'xlink:href']);

/** Markup that no template contains, so that only an unescaped value can have caused it. */
export function foreignParts(html: string): readonly string[] {
  return seeElements(html).flatMap(({ tag, attributes, text }) => {
    const parts = NEVER.has(tag) ? [`<${tag}>`] : [];
    if (tag === 'script' && attributes['src'] === undefined && text.trim() !== '') {
      const isData = attributes['type'] === 'application/json';
      if (!isData) parts.push(`<script>${text}`);
    }
    if (tag === 'img' && attributes['onerror'] !== undefined) parts.push('<img onerror>');
    if (tag === 'meta' && attributes['http-equiv'] !== undefined) parts.push('<meta http-equiv>');
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith('on') || name === 'style') parts.push(`${tag}[${name}]`);
      if (LINKS.has(name) && !/^(?:[/#?]|https?:)/.test(value)) parts.push(`${name}=${value}`);
    }
    return parts;
  });
}

/** Field types whose text a browser sends unchanged. */
const FAITHFUL = new Set(['text', 'password', 'search', 'tel', 'date', 'file']);
const CHOSEN = new Set(['hidden', 'checkbox', 'radio', 'submit']);
const LIMITS = ['pattern', 'maxlength', 'minlength', 'min', 'max', 'step'];

/**
 * Fields in which the browser changes typed text (type `email` converts a domain to punycode) or refuses text by other rules
 * than the server.
 */
export function alteringFields(html: string): readonly string[] {
  return seeElements(html).flatMap(({ tag, attributes }) => {
    if (tag !== 'input' && tag !== 'textarea') return [];
    const type = attributes['type'] ?? 'text';
    const name = `${tag} ${attributes['name'] ?? ''}`;
    const isKnown = FAITHFUL.has(type) || CHOSEN.has(type);
    return [
      ...(isKnown ? [] : [`${name} of type ${type}`]),
      ...LIMITS.filter((limit) => attributes[limit] !== undefined).map(
        (limit) => `${name} with ${limit}`,
      ),
    ];
  });
}
