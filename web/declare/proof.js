/** The proof that a phone is somebody's own. It lasts as long as the tab, twelve hours at most. */
const KEPT = "proof";

let proof = kept();

/** @returns {string | undefined} The citizen token. */
export function bearer() {
  return proof && Date.parse(proof.expires_at) > Date.now() ? proof.citizen_token : undefined;
}

/** The phone that was proven, as it was typed. */
export function provenPhone() {
  return bearer() ? proof.phone : "";
}

export function keepProof(proven) {
  proof = proven;
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(proven));
  } catch {
    // Some browsers forbid it. The proof then lasts as long as the page.
  }
}

export function forgetProof() {
  proof = null;
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // There is nothing then, either.
  }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
}
