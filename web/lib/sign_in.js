/** The requests of signing in. A page loads this only when it needs it. */
import * as oauth from "../vendor/oauth4webapi.mjs";
import { stageSettings } from "./api.js";

const UNDER_WAY = "sign-in";

/** The issuer takes the tokens no more. */
export class Refused extends Error {}

export async function begin() {
  const { server, client } = await parties();
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  // For this tab, until it is back.
  sessionStorage.setItem(UNDER_WAY, JSON.stringify({ verifier, state, nonce }));
  const address = new URL(server.authorization_endpoint);
  address.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: here(),
    response_type: "code",
    scope: "openid profile",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  location.assign(address);
}

/** @param {(tokens: object) => Promise<void>} keep */
export async function finish(address, keep) {
  const begun = JSON.parse(sessionStorage.getItem(UNDER_WAY) ?? "null");
  sessionStorage.removeItem(UNDER_WAY);
  if (!begun) throw new Refused("this sign-in was not begun here");
  const { server, client, options } = await parties();
  const parameters = oauth.validateAuthResponse(server, client, address, begun.state);
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    here(),
    begun.verifier,
    options,
  );
  await keep(await oauth.processAuthorizationCodeResponse(server, client, answer, { expectedNonce: begun.nonce }));
}

export async function renewed(refresh) {
  const { server, client, options } = await parties();
  const answer = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh, options);
  try {
    return await oauth.processRefreshTokenResponse(server, client, answer);
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError && error.error === "invalid_grant") {
      throw new Refused(error.error, { cause: error });
    }
    throw error;
  }
}

export async function end(refresh) {
  const { server, client, options } = await parties();
  if (server.revocation_endpoint) await oauth.revocationRequest(server, client, oauth.None(), refresh, options);
}

async function parties() {
  const { client_id, ...named } = (await stageSettings()).sign_in;
  const issuer = new URL(named.issuer);
  // Plain HTTP is for the issuer of one's own machine.
  const options = { [oauth.allowInsecureRequests]: ["127.0.0.1", "localhost"].includes(issuer.hostname) };
  // The settings name the endpoints of the stack's own sign-in; another issuer says itself where they are.
  const server = named.token_endpoint
    ? named
    : await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
  return { server, client: { client_id }, options };
}

/** Where the sign-in leads back to. */
function here() {
  return location.origin + location.pathname;
}
