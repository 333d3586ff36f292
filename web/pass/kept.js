/**
 * The last answer about a pass, for when there is no network. It stays on the device only as long as the pass is good.
 *
 * It is found by a hash of the link, so the device's storage holds no secret.
 */
import { openDB } from "../vendor/idb.mjs";

const STORE = "passes";

/** @returns {Promise<{pass: object, picture: string | null, ahead: number, at: number} | undefined>} */
export async function find(link) {
  try {
    const database = await opened();
    await clear(database);
    return await database.get(STORE, await nameOf(link));
  } catch {
    return undefined; // some browsers keep nothing
  }
}

export async function keep(link, content) {
  try {
    const { secret, links, ...pass } = content.pass; // both open it
    await (await opened()).put(STORE, { ...content, pass }, await nameOf(link));
  } catch {
    // The page then needs a network.
  }
}

export async function forget(link) {
  try {
    await (await opened()).delete(STORE, await nameOf(link));
  } catch {
    // There is nothing then, either.
  }
}

/** Delete what is good no more, of whatever link. */
async function clear(database) {
  for (const name of await database.getAllKeys(STORE)) {
    const { pass, ahead } = await database.get(STORE, name);
    if (Date.parse(pass.expires_at) <= Date.now() + ahead) await database.delete(STORE, name);
  }
}

let opening;

function opened() {
  opening ??= openDB("pass", 1, { upgrade: (made) => made.createObjectStore(STORE) });
  return opening;
}

async function nameOf(link) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(link));
  return Array.from(new Uint8Array(digest), (each) => each.toString(16).padStart(2, "0")).join("");
}
