// The documentation, and what makes its examples work one after the other: a declaration that was sent from here gives
// the requests after it a pass. What somebody typed instead of an example is sent as they typed it.

// This script is <base>/docs/init.js, so that no stage name is written down here.
const document_url = new URL("../v1/openapi.json", document.currentScript.src).href;

// The document has the times of one afternoon, so that it changes only when the API does. Here they are moved to today:
// the server refuses an arrival that is over.
const AFTERNOON = Date.parse("2021-07-22T14:20:00+07:00"), MINUTE = 60000;
const TIMES = /2021-07-2[12]T\d\d:\d\d:\d\d\+07:00/g;

function ofToday(text) {
  const passed = Math.floor((Date.now() - AFTERNOON) / MINUTE) * MINUTE;
  return text.replace(TIMES, (time) => new Date(Date.parse(time) + passed + 420 * MINUTE).toISOString().slice(0, 19) + "+07:00");
}

const KEY = "made-for-each-request";
// What examples have for what only an answer can give, and what the answers to requests from here gave.
const given = {
  "0000-0000-0000-0000": null,
  "0000-0000-0000-0012": null,
  "0000000000000X0V": null,
};
const SECRET = "0000000000000";
let secret = null;

function withPasses(text) {
  for (const [example, real] of Object.entries(given)) if (real) text = text.replaceAll(example, real);
  return text;
}

function prepared(request) {
  if (request.loadSpec) return request;
  const headers = request.headers;
  if (headers["Idempotency-Key"] === KEY) {
    // `crypto.randomUUID` is missing on pages without TLS.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    headers["Idempotency-Key"] = Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
  }
  if (headers["X-Pass-Secret"] === SECRET && secret) headers["X-Pass-Secret"] = secret;
  request.url = withPasses(request.url);
  if (typeof request.body === "string") request.body = withPasses(request.body);
  return request;
}

function noted(response) {
  if (response.url === document_url) {
    const described = JSON.parse(ofToday(response.text));
    for (const path of Object.values(described.paths))
      for (const operation of Object.values(path))
        for (const each of operation.parameters) if (each.name === "Idempotency-Key") each.example = KEY;
    response.text = JSON.stringify(described);
  } else if (response.status === 201 && response.obj?.passes) {
    const [own, companion] = response.obj.passes;
    given["0000-0000-0000-0000"] = own.code;
    given["0000-0000-0000-0012"] = companion?.code;
    secret = own.secret;
  } else if (response.status === 202 && response.obj?.id) {
    given["0000000000000X0V"] = response.obj.id;
  }
  return response;
}

SwaggerUIBundle({
  url: document_url,
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  // Schemas are long and come last: closed, so that a phone need not render them.
  defaultModelsExpandDepth: 0,
  // The default sends the description to an outside host.
  validatorUrl: null,
  requestInterceptor: prepared,
  responseInterceptor: noted,
});
