/** Has a page work without network. */
import { scriptAddress } from "./trusted.js";

const EACH_HOUR = 3600000;

/**
 * Install the page's service worker, where the browser has such.
 *
 * @param {string} page The page's folder.
 * @param {string} scope The page's path.
 * @param {(takeOver: () => void) => void} updated Called when a new release is installed beside this one. `takeOver`
 *   loads the page again with it; call it when nothing is under way.
 * @returns {Promise<boolean>} Whether this browser can.
 */
export async function worksOffline(page, scope, updated) {
  if (!("serviceWorker" in navigator)) return false;
  try {
    const address = scriptAddress(`/${page}.service-worker.js`);
    const registration = await navigator.serviceWorker.register(address, { scope, updateViaCache: "none" });
    const tell = () => {
      const waiting = registration.waiting;
      // Without a controller this is the first release on this device.
      if (!waiting || !navigator.serviceWorker.controller) return;
      updated(() => {
        navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
        waiting.postMessage("take over");
      });
    };
    tell();
    registration.addEventListener("updatefound", () => {
      registration.installing?.addEventListener("statechange", tell);
    });
    setInterval(() => registration.update().catch(() => {}), EACH_HOUR);
    return true;
  } catch {
    return false;
  }
}
