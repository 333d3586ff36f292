// The service worker of a page that works without network. The build fills in the page, its release and its files.
// It keeps nothing of the API, and never takes over by itself: somebody may be in the middle of their work.
const PAGE = "{page}";
const NAME = "{name}";
const FILES = ["{files}"];
const OF_THIS_PAGE = NAME.slice(0, NAME.indexOf("-") + 1);

addEventListener("install", (event) => {
  // Past the browser's own cache: it could mix two releases.
  const wanted = [PAGE, "/settings.json", ...FILES].map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(wanted)));
});

addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith(OF_THIS_PAGE) && name !== NAME))
      .then((former) => Promise.all(former.map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener("message", (event) => {
  if (event.data === "take over") skipWaiting();
});

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || url.pathname.startsWith("/v1/")) return;
  // Only the path of a page is looked up: what stands behind it may be a secret.
  const key = event.request.mode === "navigate" ? (url.pathname === PAGE ? PAGE : null) : url.pathname;
  if (key === null) return;
  event.respondWith(
    caches.match(key, { cacheName: NAME }).then((found) => found ?? fetch(event.request)),
  );
});
