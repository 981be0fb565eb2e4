// Turns the plain list of operations into Swagger UI. Everything comes from this server.
const target = document.getElementById('api');
target.replaceChildren();
target.classList.remove('api-plain');
globalThis.SwaggerUIBundle({
  url: target.dataset.document,
  domNode: target,
  deepLinking: false,
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  syntaxHighlight: { activated: false },
});

/** The headings of Swagger UI begin at level 3, below a heading of level 1. React keeps attributes that it did not set. */
function correctHeadings() {
  for (const heading of target.querySelectorAll('h3.opblock-tag'))
    heading.setAttribute('aria-level', '2');
  for (const heading of target.querySelectorAll('.opblock h4, .opblock h5'))
    heading.setAttribute('aria-level', heading.tagName === 'H4' ? '3' : '4');
}
new MutationObserver(correctHeadings).observe(target, { childList: true, subtree: true });
