const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** The text of HTML without elements. */
export function unescapeHtml(html: string): string {
  return html.replaceAll(/&(?:([a-z]+)|#(\d+));/g, (entity, name: string, code: string) =>
    code === undefined ? (NAMED[name] ?? entity) : String.fromCodePoint(Number(code)),
  );
}

/** Text as content or quoted attribute value of HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}
