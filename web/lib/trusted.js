/** The only policy of Trusted Types: our own scripts may be started, and nothing else. */
const OURS = /^\/(?:a\/[0-9a-f]{16}\/[a-z0-9_/-]+\.js|[a-z]+\.service-worker\.js)$/;

const policy = globalThis.trustedTypes?.createPolicy("tnp", {
  createScriptURL(address) {
    const url = new URL(address, location.origin);
    if (url.origin !== location.origin || !OURS.test(url.pathname)) throw new TypeError(address);
    return url.href;
  },
});

/** The address of a script of ours, as `new Worker` and `register` take it. */
export function scriptAddress(address) {
  return policy ? policy.createScriptURL(address) : address;
}
