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
