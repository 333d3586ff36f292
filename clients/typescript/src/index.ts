/** A typed client of the Tây Ninh Pass API. `api.ts` is generated from its OpenAPI document. */

import createFetchClient, { type Client, type ClientOptions } from "openapi-fetch";

import type { components, paths } from "./api.js";

export type { components, operations, paths, webhooks } from "./api.js";

/** What a request is refused with. Program against `code`, show `detail`. */
export type Problem = components["schemas"]["Problem"];

/** The codes known when this client was made. New ones may come, so have a way for others. */
export type ErrorCode = components["schemas"]["ErrorCode"];

/**
 * A client of the API at `baseUrl`, its address without `/v1`. Each of its methods resolves to `{ data, error, response }`,
 * where `error` is what a request was refused with. It rejects where no answer came.
 */
export function createClient(baseUrl: string, options: Omit<ClientOptions, "baseUrl"> = {}): Client<paths> {
  return createFetchClient<paths>({ ...options, baseUrl });
}
