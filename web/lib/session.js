/**
 * The sign-in of staff: authorization code with PKCE, as `docs/signing-in.md` has it.
 *
 * The access token is in memory alone. The refresh token, good for a shift, is in IndexedDB, as a phone ends pages at
 * will. Both are gone after `signOut`.
 */
import { openDB } from "../vendor/idb.mjs";
import { Problem, SignInFailed, Unreachable, ask } from "./api.js";

const DATABASE = "session";
const STORE = "tokens";
/** Names of what is stored: the token, and whose it is. */
const REFRESH = "refresh", SUBJECT = "subject";
/** A token with less than this left is renewed before a request. Seconds. */
const MARGIN = 60;

let access = null; // { token, until }
let renewing = null;
/** The subject of the one who has been signed in since this page was opened. */
let holder;

/** Nobody is signed in, or the sign-in has ended. What was to be done is to be kept until somebody is. */
export class SignedOut extends Error {}

/**
 * Whether somebody is signed in on this device. To be called first: a page that the sign-in leads back to has its answer
 * in its address.
 *
 * @throws {SignInFailed}
 */
export async function resume() {
  const query = new URLSearchParams(location.search);
  if (query.has("state") && (query.has("code") || query.has("error"))) {
    const address = new URL(location.href);
    history.replaceState(null, "", location.pathname);
    try {
      await (await import("./sign_in.js")).finish(address, keep);
    } catch (error) {
      throw new SignInFailed("no tokens", { cause: error });
    }
  }
  holder ??= await subject();
  document.addEventListener("visibilitychange", look);
  return access !== null || (await kept()) !== undefined;
}

/** Whose tokens are on this device; undefined if nobody is signed in, or if the tokens do not say so. */
export async function subject() {
  return (await database()).get(STORE, SUBJECT);
}

/** Leave for the sign-in's page. It leads back here. */
export async function signIn() {
  await (await import("./sign_in.js")).begin();
}

/** Forget all tokens on this device, and have the issuer end the session. */
export async function signOut() {
  const refresh = await kept();
  access = null;
  await forget();
  if (refresh) await (await import("./sign_in.js")).end(refresh).catch(() => {});
}

/**
 * Ask the API as the member of staff who is signed in, as `ask` of `api.js` does.
 *
 * @throws {SignedOut|Problem|Unreachable}
 */
export async function askAsStaff(method, path, more = {}) {
  try {
    return await ask(method, path, { ...more, bearer: await bearer() });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    access = null;
    if (error.code === "staff_token_expired") return ask(method, path, { ...more, bearer: await bearer() });
    await forget();
    throw new SignedOut(error.detail, { cause: error });
  }
}

let own;

/** Who is signed in: the name, roles and posting that the API knows. Asked once. */
export function me() {
  own ??= askAsStaff("GET", "/v1/staff/me").then(
    (answer) => answer.body,
    (error) => {
      own = undefined;
      throw error;
    },
  );
  return own;
}

async function bearer() {
  await requireHolder();
  if (access && access.until > Date.now()) return access.token;
  renewing ??= renew().finally(() => {
    renewing = null;
  });
  await renewing;
  return access.token;
}

/**
 * All tabs share one sign-in. Who signed out in another tab is signed out here, too. If somebody else has signed in there,
 * nothing that was begun here is sent in their name, and they do not see it: the page is loaded again.
 */
async function requireHolder() {
  const now = await subject();
  if (!holder || now === holder) return;
  access = null;
  own = undefined;
  if (now) {
    history.replaceState(null, "", location.pathname);
    location.reload();
  }
  throw new SignedOut("signed out in another tab");
}

/** Somebody comes back to this tab. A listener that is added twice is called once. */
function look() {
  if (document.visibilityState === "visible") requireHolder().catch(() => {});
}

/** One tab at a time: a refresh token is good once, and the tabs share it. */
async function renew() {
  await (navigator.locks?.request("session", renewAlone) ?? renewAlone());
}

async function renewAlone() {
  const refresh = await kept();
  if (!refresh) throw new SignedOut("nobody is signed in");
  const { Refused, renewed } = await import("./sign_in.js");
  try {
    await keep(await renewed(refresh), refresh);
  } catch (error) {
    if (!(error instanceof Refused)) throw new Unreachable("no answer from the sign-in", { cause: error });
    await forget();
    throw new SignedOut("the sign-in has ended", { cause: error });
  }
}

async function keep(tokens, former) {
  const whose = subjectOf(tokens.access_token);
  own = undefined;
  const written = (await database()).transaction(STORE, "readwrite");
  written.store.put(tokens.refresh_token ?? former, REFRESH);
  if (whose) written.store.put(whose, SUBJECT);
  else written.store.delete(SUBJECT);
  await written.done;
  await requireHolder();
  holder = whose;
  access = { token: tokens.access_token, until: Date.now() + (tokens.expires_in - MARGIN) * 1000 };
}

/** The API verifies the token; here it only keeps people apart. Undefined if it is no JWT. */
function subjectOf(token) {
  try {
    const { sub } = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    return typeof sub === "string" ? sub : undefined;
  } catch {
    return undefined;
  }
}

async function kept() {
  return (await database()).get(STORE, REFRESH);
}

async function forget() {
  own = undefined;
  const written = (await database()).transaction(STORE, "readwrite");
  await Promise.all([written.store.delete(REFRESH), written.store.delete(SUBJECT), written.done]);
}

let opened;

function database() {
  opened ??= openDB(DATABASE, 1, { upgrade: (made) => made.createObjectStore(STORE) });
  return opened;
}

