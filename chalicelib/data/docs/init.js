// Every URL is relative to the page, <base>/docs, so that no stage name is written down here.

// The document's examples take this for the present, so that the document is the same every day.
const EXAMPLES_NOW = Date.parse("2021-07-22T14:20:00+07:00");

// The examples' times, moved to the present: what "Try it out" sends is then neither in the past nor too far ahead.
function moved(text) {
  const ahead = Math.floor((Date.now() - EXAMPLES_NOW) / 60000) * 60000;
  return text.replace(/20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00/g, (time) => {
    const inVietnam = new Date(Date.parse(time) + ahead + 7 * 3600000);
    return inVietnam.toISOString().slice(0, 19) + "+07:00";
  });
}

SwaggerUIBundle({
  url: new URL("v1/openapi.json", document.baseURI).href,
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  // Schemas are long and come last: closed, so that a phone need not render them.
  defaultModelsExpandDepth: 0,
  responseInterceptor: (response) => {
    if (response.url.endsWith("/v1/openapi.json")) response.text = moved(response.text);
    return response;
  },
  // The default sends the description to an outside host.
  validatorUrl: null,
});
