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
/** A token with less than this left is renewed before a request. Seconds. */
const MARGIN = 60;

let access = null; // { token, until }
let renewing = null;

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
  return access !== null || (await kept()) !== undefined;
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
  if (access && access.until > Date.now()) return access.token;
  renewing ??= renew().finally(() => {
    renewing = null;
  });
  await renewing;
  return access.token;
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
  access = { token: tokens.access_token, until: Date.now() + (tokens.expires_in - MARGIN) * 1000 };
  own = undefined;
  await (await database()).put(STORE, tokens.refresh_token ?? former, "refresh");
}

async function kept() {
  return (await database()).get(STORE, "refresh");
}

async function forget() {
  own = undefined;
  await (await database()).delete(STORE, "refresh");
}

let opened;

function database() {
  opened ??= openDB(DATABASE, 1, { upgrade: (made) => made.createObjectStore(STORE) });
  return opened;
}

