/** Asks the API, which has the page's own origin. */
import { language } from "./language.js";

const PATIENCE = 20000; // milliseconds

/** The API refused. Its words are in the page's language. */
export class Problem extends Error {
  /** @param {object} content As RFC 9457 defines it, with `code` and, for a bad input, `errors`. */
  constructor(status, content, retryAfter) {
    super(content.detail ?? content.title ?? `${status}`);
    this.status = status;
    this.code = content.code ?? "";
    this.title = content.title ?? "";
    this.detail = content.detail ?? "";
    this.errors = content.errors ?? [];
    this.content = content;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed a little later. */
  get isPassing() {
    return this.status >= 500 || this.status === 429;
  }
}

/** No answer came: there is no network, or it is too slow. The request may have been carried out. */
export class Unreachable extends Error {}

/** Nobody was signed in: the sign-in refused, was broken off, or was begun somewhere else. */
export class SignInFailed extends Error {}

/**
 * @param {{body?: any, headers?: Record<string, string>, bearer?: string}} [more]
 * @returns {Promise<{status: number, headers: Headers, body: any}>} The body is what JSON says, or a `Blob`.
 * @throws {Problem|Unreachable}
 */
export async function ask(method, path, { body, headers = {}, bearer } = {}) {
  const sent = { Accept: "application/json, */*;q=0.5", "Accept-Language": language(), ...headers };
  if (bearer) sent.Authorization = `Bearer ${bearer}`;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  let answer, content;
  try {
    answer = await fetch(path, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
      credentials: "omit",
    });
    const isJson = /[/+]json\b/.test(answer.headers.get("Content-Type") ?? "");
    content = isJson ? await answer.json() : answer.status === 204 ? null : await answer.blob();
  } catch (error) {
    throw new Unreachable("no answer", { cause: error });
  }
  if (!answer.ok) {
    const problem = content instanceof Blob ? {} : (content ?? {});
    throw new Problem(answer.status, problem, Number(answer.headers.get("Retry-After")) || null);
  }
  return { status: answer.status, headers: answer.headers, body: content };
}

let settings;

/** What the page must know of the stage: the sign-in, and the province's name and hotline. */
export function stageSettings() {
  settings ??= ask("GET", "/settings.json").then(
    (answer) => answer.body,
    (error) => {
      settings = undefined;
      throw error;
    },
  );
  return settings;
}
