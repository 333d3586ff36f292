// Every URL is relative to the page, <base>/docs, so that no stage name is written down here.
SwaggerUIBundle({
  url: new URL("v1/openapi.json", document.baseURI).href,
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  // Schemas are long and come last: closed, so that a phone need not render them.
  defaultModelsExpandDepth: 0,
  // The default sends the description to an outside host.
  validatorUrl: null,
});
